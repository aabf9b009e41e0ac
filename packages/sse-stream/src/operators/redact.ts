import type { ChatCompletionChunk } from '@sluice/core'
import type { MonoTypeOperatorFunction } from 'rxjs'
import type { PatternList } from './bounded-pattern.ts'
import { ChannelRewriter, type ChannelFilters } from './channel-rewriter.ts'
import type { ChatBatch } from './chat-batch.ts'
import { Redactor, redactSettings, type RedactOptions } from './redactor.ts'
import { rewriteChoices } from './rewrite-choices.ts'

/** Fields of a chunk that no model writes. */
const ENVELOPE: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'system_fingerprint',
  'service_tier',
  'obfuscation',
])

/**
 * Replaces what patterns match, wherever in an answer a model can say it: text, thoughts, refusals, names and arguments
 * of tool calls, citations, in every choice, and however the chunks cut it. What gets through is what replacing in the
 * whole text would give; only what may be the beginning of a match waits.
 *
 * Fails closed. A pattern without a bound is refused at once (write `{1,64}` in place of `+`); a replacer that throws
 * ends the answer with `server_error`, and what was held back is dropped. Log probabilities, which spell the text out,
 * and structured fields of a vendor's own are left out.
 *
 * Arguments of tool calls are matched as JSON text without needless escapes, and stay JSON.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`, `ERR_SSE_STREAM_PATTERN`
 * @example handler(call).pipe(redact({ patterns: { card: /\b\d{16}\b/, mail: /[\w.+-]{1,64}@[\w.-]{1,255}/ }, vault }))
 */
export function redact(options: RedactOptions | PatternList): MonoTypeOperatorFunction<ChatBatch> {
  const settings = redactSettings('redact', options)
  return rewriteChoices(() => {
    const redactor = new Redactor(settings)
    const filters: ChannelFilters = {
      text: () => redactor.text(),
      json: () => redactor.json(),
      whole: (value) => redactor.whole(value),
      keepsLogprobs: false,
      keepsForeign: false,
    }
    return {
      create: (index) => new ChannelRewriter(index, filters),
      envelope: (chunk) => redactEnvelope(chunk, redactor),
    }
  })
}

/** Search results and the like stand beside the choices; the envelope itself is never touched. */
function redactEnvelope(chunk: ChatCompletionChunk, redactor: Redactor): ChatCompletionChunk {
  let redacted = chunk
  for (const [field, value] of Object.entries(chunk)) {
    if (ENVELOPE.has(field)) continue
    const after = redactor.whole(value)
    if (after !== value) redacted = { ...redacted, [field]: after }
  }
  return redacted
}
