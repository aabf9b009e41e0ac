import type { CompletionUsage } from '@sluice/core'

const HEAD =
  /^\s*\{\s*"object"\s*:\s*"list"\s*,\s*"data"\s*:\s*\[\s*\{\s*"object"\s*:\s*"embedding"\s*,\s*"index"\s*:\s*0\s*,\s*"embedding"\s*:\s*(["[])/
const TAIL =
  /\]\s*,\s*"model"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*"usage"\s*:\s*\{\s*"prompt_tokens"\s*:\s*(\d{1,15})\s*,\s*"total_tokens"\s*:\s*(\d{1,15})\s*\}\s*\}\s*$/

/**
 * The usage of an embeddings answer that is OpenAI's own form from its first member to its last, read off its ends; `undefined` where it is not, or is not
 * encoded as asked. Parsing thousands of floats only to send the same bytes on would cost more than all else.
 */
export function embeddingsPassThrough(
  bytes: Uint8Array,
  format: 'float' | 'base64' | undefined,
): CompletionUsage | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = HEAD.exec(text.toString('latin1', 0, 160))
  if (head === null || (head[1] === '"') !== (format === 'base64')) return undefined
  const tail = TAIL.exec(text.toString('latin1', Math.max(0, text.length - 400)))
  if (tail === null) return undefined
  return { prompt_tokens: Number(tail[1]), completion_tokens: 0, total_tokens: Number(tail[2]) }
}
