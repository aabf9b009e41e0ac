import { hash } from 'node:crypto'
import type { Call } from '../contract/call.ts'

const HEADER = 'idempotency-key'
/** Stripe's limit, which others took over. */
const MAX_LENGTH = 255

/**
 * Returns the `Idempotency-Key` that the client sent: the vendor does a request of that name once,
 * however often it is sent. `undefined` where there is none, or none that could stand in a header.
 */
export function idempotencyKey(headers: Call['headers']): string | undefined {
  const key = headers[HEADER]
  return typeof key === 'string' && key.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(key)
    ? key
    : undefined
}

/**
 * Returns the headers of one of several upstream requests that a call is made of: the first (place
 * 0) keeps the client's key, every other has one of its own, the same at every repeat. Under one
 * key a vendor would give all of them the first one's response. It is a digest, so no key of
 * another request, or of another client, can be the same.
 */
export function withIdempotencyPart(
  headers: Call['headers'],
  kind: 'target' | 'choices' | 'inputs',
  place: number | string,
): Call['headers'] {
  const key = idempotencyKey(headers)
  if (key === undefined || place === 0) return headers
  return { ...headers, [HEADER]: hash('sha256', JSON.stringify([key, kind, place]), 'base64url') }
}
