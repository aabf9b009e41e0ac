import type { Call } from './call.ts'

const HEADER = 'idempotency-key'
/** Stripe's limit, which others took over. */
const MAX_LENGTH = 255

/**
 * Returns the `Idempotency-Key` that the client sent: the vendor does a request of that name once,
 * however often it is sent. `undefined` where there is none, or none that could stand in a header.
 */
export function idempotencyKey(headers: Call['headers']): string | undefined {
  const key = headers[HEADER]
  return typeof key === 'string' && key.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(key) ? key : undefined
}

/**
 * Returns the headers of one of several upstream requests that a call is made of. Each has a key of its
 * own, the same at every repeat: under one key a vendor would give all of them the first one's response.
 */
export function withIdempotencyPart(headers: Call['headers'], part: number): Call['headers'] {
  const key = idempotencyKey(headers)
  return key === undefined || part === 0 ? headers : { ...headers, [HEADER]: `${key.slice(0, 240)}-${part}` }
}
