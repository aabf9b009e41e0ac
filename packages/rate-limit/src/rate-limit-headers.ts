import { goDuration } from './go-duration.ts'
import type { BucketStates } from './limit-store.ts'

/**
 * OpenAI's `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, for the buckets that are on.
 * Put into `headers` where those are given.
 */
export function rateLimitHeaders(
  { requests, tokens }: BucketStates,
  headers: Record<string, string> = {},
): Record<string, string> {
  if (requests !== undefined) {
    headers['x-ratelimit-limit-requests'] = String(requests.limit)
    headers['x-ratelimit-remaining-requests'] = String(requests.remaining)
    headers['x-ratelimit-reset-requests'] = goDuration(requests.resetMs)
  }
  if (tokens !== undefined) {
    headers['x-ratelimit-limit-tokens'] = String(tokens.limit)
    headers['x-ratelimit-remaining-tokens'] = String(tokens.remaining)
    headers['x-ratelimit-reset-tokens'] = goDuration(tokens.resetMs)
  }
  return headers
}
