import { expect, test } from 'vitest'
import { rateLimitHeaders } from '../src/rate-limit-headers.ts'

test('writes both buckets as OpenAI does', () => {
  const states = {
    requests: { limit: 3000, remaining: 2999, resetMs: 20 },
    tokens: { limit: 1_000_000, remaining: 900_000, resetMs: 6000 },
  }
  expect(rateLimitHeaders(states)).toEqual({
    'x-ratelimit-limit-requests': '3000',
    'x-ratelimit-remaining-requests': '2999',
    'x-ratelimit-reset-requests': '20ms',
    'x-ratelimit-limit-tokens': '1000000',
    'x-ratelimit-remaining-tokens': '900000',
    'x-ratelimit-reset-tokens': '6s',
  })
})

test('says nothing of a bucket that is off', () => {
  expect(rateLimitHeaders({})).toEqual({})
  expect(Object.keys(rateLimitHeaders({ tokens: { limit: 1, remaining: 1, resetMs: 0 } }))).toEqual(
    ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  )
})
