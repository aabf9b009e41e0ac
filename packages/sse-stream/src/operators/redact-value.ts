import type { PatternList } from './redaction/bounded-pattern.ts'
import { Redactor, redactSettings, type RedactOptions } from './redaction/redactor.ts'

/**
 * The same value with every string in it redacted: for prompts, before a vendor sees them. With a
 * vault, `reidentify` puts the values back into the answer.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`, `ERR_SSE_STREAM_PATTERN`
 * @throws ApiError `server_error` where the replacer fails or the vault is full
 * @example const safe = { ...params, messages: redactValue(params.messages, { patterns, vault }) }
 */
export function redactValue<Value>(value: Value, options: RedactOptions | PatternList): Value {
  return new Redactor(redactSettings('redactValue', options)).whole(value) as Value
}
