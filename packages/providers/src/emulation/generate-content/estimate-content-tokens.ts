import type { CountTokensParams } from '@sluice/core/wire'
import { estimateTokens } from '@sluice/sse-stream'

/** What Gemini counts for a picture of up to 384 pixels, or a page (ai.google.dev, "Tokens"). */
const MEDIA_TOKENS = 258
const MEDIA: ReadonlySet<string> = new Set(['inlineData', 'inline_data', 'fileData', 'file_data'])
/** Words of the protocol, and what only its vendor reads. */
const SILENT: ReadonlySet<string> = new Set([
  'role',
  'model',
  'id',
  'thoughtSignature',
  'thought_signature',
])

/**
 * Returns about how many tokens contents take in, without any model's vocabulary: for vendors that
 * cannot count. Takes time in proportion to the text, and goes as deep as it is without recursion.
 */
export function estimateContentTokens(params: CountTokensParams): number {
  const { model: _model, ...given } = params
  const waiting: unknown[] = [given]
  let tokens = 0
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') tokens += estimateTokens(value)
    else if (Array.isArray(value)) for (const one of value) waiting.push(one)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) {
        if (MEDIA.has(name)) tokens += MEDIA_TOKENS
        else if (!SILENT.has(name)) waiting.push(one)
      }
    } else if (value !== null && value !== undefined) tokens += 1
  }
  return tokens
}
