import type { Dialect } from '../wire/dialect.ts'
import type { ApiError } from './api-error.ts'

/** Anthropic's `error.type` by status; others are told by their hundred. */
const ANTHROPIC_TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])

/** Google's `error.status` by HTTP status; others are told by their hundred. */
const GEMINI_STATUSES: ReadonlyMap<number, string> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [405, 'UNIMPLEMENTED'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])

/**
 * Returns the HTTP status of an error in a dialect: 529 is Anthropic's word for an overload, which
 * its clients wait out. A vendor's own goes to clients of the same dialect as it came.
 */
export function errorStatus(error: ApiError, dialect: Dialect): number {
  const own = error.native?.dialect === dialect ? error.native.status : undefined
  return own ?? (dialect === 'anthropic' && error.status === 503 ? 529 : error.status)
}

/**
 * Returns the body of an error in a dialect. A vendor's own body, which its agents match word by
 * word, goes to clients of the same dialect as it came.
 */
export function errorBody(error: ApiError, dialect: Dialect, requestId: string): unknown {
  if (error.native?.dialect === dialect) return error.native.body
  const { message } = error
  const status = errorStatus(error, dialect)
  if (dialect === 'anthropic') {
    const byHundred = status < 500 ? 'invalid_request_error' : 'api_error'
    const type = ANTHROPIC_TYPES.get(status) ?? byHundred
    return { type: 'error', error: { type, message }, request_id: requestId }
  }
  if (dialect === 'gemini') {
    const byHundred = status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'
    const word = GEMINI_STATUSES.get(status) ?? byHundred
    return { error: { code: status, message, status: word, ...retryInfo(error) } }
  }
  return error.toBody()
}

/** Google's clients read how long to wait in the body, not in a header. */
function retryInfo({ retryAfterMs }: ApiError): { details?: readonly unknown[] } {
  if (retryAfterMs === undefined) return {}
  const retryDelay = `${Math.ceil(retryAfterMs / 1000)}s`
  return { details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }] }
}
