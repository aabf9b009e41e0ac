import { ApiError } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import type { ResponseOperator } from './internal/response-operator.ts'
import type { PatternList } from './redaction/bounded-pattern.ts'
import { ChannelRewriter, withoutSpelled, type ChannelFilters } from './rewrite/channel-rewriter.ts'
import { Redactor, redactSettings, type RedactOptions } from './redaction/redactor.ts'
import { rewriteResponse } from './rewrite/rewrite-response.ts'

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
])

/**
 * Replaces what patterns match, wherever in an answer a model can say it: text, thoughts, refusals,
 * names and arguments of tool calls, citations, in every choice, and however the chunks cut it.
 * What gets through is what replacing in the whole text would give; only what may be the beginning
 * of a match waits.
 *
 * Works on the answers of every operation, whole and streamed. The events of a response say each
 * text several times, and each time it reads the same. Pictures and sound of their own operations
 * go through; nobody looks into them.
 *
 * Fails closed. A pattern without a bound is refused at once (write `{1,64}` in place of `+`); a
 * replacer that throws ends the answer with `server_error`, and what was held back is dropped. Log
 * probabilities, which spell the text out, and structured fields of a vendor's own are left out.
 *
 * Arguments of tool calls are matched as JSON text without needless escapes, and stay JSON.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`, `ERR_SSE_STREAM_PATTERN`
 * @example
 * const patterns = { card: /\b\d{16}\b/, mail: /[\w.+-]{1,64}@[\w.-]{1,255}/ }
 * handler(call).pipe(redact({ patterns, vault }))
 */
export function redact(options: RedactOptions | PatternList): ResponseOperator {
  const settings = redactSettings('redact', options)
  return rewriteResponse(
    'redact',
    () => {
      const redactor = new Redactor(settings)
      const filters: ChannelFilters = {
        text: () => redactor.text(),
        json: () => redactor.json(),
        whole: (value, key) => redactor.whole(value, key),
        keepsLogprobs: false,
        keepsForeign: false,
      }
      return {
        create: (index) => new ChannelRewriter(index, filters),
        envelope: (chunk) => redactEnvelope(chunk, redactor),
        filters,
        failure: (error) => redactFailure(error, redactor),
      }
    },
    [],
  )
}

/** A vendor may repeat in its message what it was asked. */
function redactFailure(error: unknown, redactor: Redactor): unknown {
  if (!ApiError.is(error)) return error
  const message = redactor.whole(error.message) as string
  const { code, param, status, type, wireCode, headers, retryAfterMs, cause } = error
  const own = error.native
  const body = own === undefined ? undefined : redactor.whole(own.body)
  if (message === error.message && body === own?.body) return error
  return new ApiError(code, {
    message,
    param,
    status,
    type,
    wireCode,
    headers,
    retryAfterMs,
    native: own === undefined ? undefined : { ...own, body },
    cause,
  })
}

/** Search results and the like stand beside the choices; the envelope itself is never touched. */
function redactEnvelope(chunk: ChatCompletionChunk, redactor: Redactor): ChatCompletionChunk {
  let redacted = withoutSpelled(chunk)
  for (const [field, value] of Object.entries(redacted)) {
    if (ENVELOPE.has(field)) continue
    const after = redactor.whole(value)
    if (after !== value) redacted = { ...redacted, [field]: after }
  }
  return redacted
}
