import { ApiError } from '@sluice/core'
import { goDuration } from './go-duration.ts'
import type { LeaseRequest, Limits, Refused } from './limit-store.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'

/** 429 `rate_limit_exceeded` for a request that may come again; its type says which limit was met. */
export function refusal(refused: Refused, { limits, tokens }: LeaseRequest): ApiError {
  const { by, retryAfterMs } = refused
  const reached: Readonly<Record<Refused['by'], string>> = {
    requests: `Rate limit reached for requests per minute: limit ${limits.requestsPerMinute}.`,
    tokens: `Rate limit reached for tokens per minute: limit ${limits.tokensPerMinute}, remaining ${refused.tokens?.remaining ?? 0}, requested ${tokens}.`,
    concurrency: `Rate limit reached for concurrent requests: limit ${limits.concurrency}.`,
  }
  return new ApiError('rate_limit_exceeded', {
    type: by,
    message: `${reached[by]} Please try again in ${goDuration(retryAfterMs)}.`,
    retryAfterMs,
    headers: rateLimitHeaders(refused),
  })
}

/** 429 for a prompt that no waiting would help. */
export function tooLarge(prompt: number, { tokensPerMinute }: Limits): ApiError {
  return new ApiError('rate_limit_exceeded', {
    type: 'tokens',
    message: `Request too large for tokens per minute: limit ${tokensPerMinute}, requested about ${prompt} for the prompt alone. Please shorten it.`,
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
