import { ApiError } from '@sluice/core'
import { goDuration } from './go-duration.ts'
import type { LeaseRequest, Limits, Refused } from './limit-store.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'

const REACHED: Readonly<
  Record<Refused['by'], (refused: Refused, request: LeaseRequest) => string>
> = {
  requests: (_refused, { limits }) => `requests per minute: limit ${limits.requestsPerMinute}`,
  tokens: ({ tokens }, { limits, tokens: requested }) =>
    `tokens per minute: limit ${limits.tokensPerMinute}, remaining ${tokens?.remaining ?? 0}, requested ${requested}`,
  concurrency: (_refused, { limits }) => `concurrent requests: limit ${limits.concurrency}`,
}

/**
 * 429 `rate_limit_exceeded` for a request that may come again; its type says which limit was met.
 */
export function refusal(refused: Refused, request: LeaseRequest): ApiError {
  const { by, retryAfterMs } = refused
  const reached = Object.hasOwn(REACHED, by) ? REACHED[by](refused, request) : by
  return new ApiError('rate_limit_exceeded', {
    type: by,
    message: `Rate limit reached for ${reached}. Please try again in ${goDuration(retryAfterMs)}.`,
    retryAfterMs,
    headers: rateLimitHeaders(refused),
  })
}

/** 429 for a prompt that no waiting would help. */
export function tooLarge(prompt: number, { tokensPerMinute }: Limits): ApiError {
  return new ApiError('rate_limit_exceeded', {
    type: 'tokens',
    message:
      `Request too large for tokens per minute: limit ${tokensPerMinute}, ` +
      `requested about ${prompt} for the prompt alone. Please shorten it.`,
    headers: { 'x-should-retry': 'false', 'x-ratelimit-limit-tokens': String(tokensPerMinute) },
  })
}

/** 503 where the store is out of reach and the stage is to stay closed. */
export function storeUnavailable(cause: unknown): ApiError {
  return new ApiError('overloaded', {
    message: 'Rate limits cannot be checked at the moment. Please try again.',
    retryAfterMs: 1000,
    cause,
  })
}

/** For the operator: a failure of the store that no caller sees. */
export function storeFailed(cause: unknown): ApiError {
  return new ApiError('overloaded', {
    message: 'The limit store failed; calls went on without it.',
    cause,
  })
}
