import { ApiError } from '@sluice/core'

/** Agents make room for more when they read this sentence, and take both numbers from it. */
const SAID = /^prompt is too long\b/i
const NUMBERS = /\b\d{1,3}(?:,\d{3})+\b|\b\d{3,9}\b/g

/**
 * Returns the same failure; where it says in another vendor's words that a prompt is too long, and
 * by how much, in Anthropic's.
 */
export function promptTooLong(error: unknown): unknown {
  if (!ApiError.is(error) || error.code !== 'context_length_exceeded') return error
  if (SAID.test(error.message)) return error
  const found = Array.from(error.message.slice(0, 1000).matchAll(NUMBERS), ([number]) =>
    Number(number.replaceAll(',', '')),
  )
  const most = Math.max(...found)
  const limit = found.find((number) => number < most)
  const { status, wireCode, type, param, headers, cause } = error
  const message =
    limit === undefined
      ? `prompt is too long: ${error.message}`
      : `prompt is too long: ${most} tokens > ${limit} maximum`
  return new ApiError(error.code, { message, status, wireCode, type, param, headers, cause })
}
