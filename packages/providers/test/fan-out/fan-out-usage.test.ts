import { expect, it } from 'vitest'
import { sumUsage } from '../../src/emulation/sum-usage.ts'

it('adds up every count, those in the details as well', () => {
  const first = {
    prompt_tokens: 1,
    completion_tokens: 2,
    total_tokens: 3,
    prompt_tokens_details: { cached_tokens: 1 },
    tier: 'a',
  }
  const second = {
    prompt_tokens: 10,
    completion_tokens: 20,
    total_tokens: 30,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 7 },
    tier: 'b',
  }
  expect(sumUsage(undefined, first)).toBe(first)
  expect(sumUsage(first, second)).toEqual({
    prompt_tokens: 11,
    completion_tokens: 22,
    total_tokens: 33,
    prompt_tokens_details: { cached_tokens: 5 },
    completion_tokens_details: { reasoning_tokens: 7 },
    tier: 'a',
  })
})
