import { describe, expect, it } from 'vitest'
import { mergeUsage } from '../../src/usage/merge-usage.ts'

const usage = (prompt: number, completion: number, more: object = {}) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
})
const cached = (count: number) => ({ prompt_tokens_details: { cached_tokens: count } })

describe('mergeUsage', () => {
  it('takes what comes later, as it is, where it says all again', () => {
    const later = usage(5, 2, cached(3))
    expect(mergeUsage(usage(5, 1, cached(3)), later)).toBe(later)
  })

  it('keeps what a later one leaves out', () => {
    expect(mergeUsage(usage(5, 1, cached(3)), usage(5, 2))).toEqual(usage(5, 2, cached(3)))
    expect(mergeUsage(usage(5, 1, cached(3)), usage(5, 2, { prompt_tokens_details: {} }))).toEqual(
      usage(5, 2, cached(3)),
    )
  })

  it('takes no zero in place of a count, and adds up again', () => {
    expect(mergeUsage(usage(5, 0), usage(0, 7))).toEqual(usage(5, 7))
    expect(mergeUsage(usage(5, 1, cached(3)), usage(5, 2, cached(0)))).toEqual(
      usage(5, 2, cached(3)),
    )
  })

  it('takes a zero where there was none', () => {
    expect(mergeUsage(usage(5, 0), usage(5, 0, cached(0)))).toEqual(usage(5, 0, cached(0)))
  })

  it('gives the one that there is', () => {
    expect(mergeUsage(undefined, usage(1, 1))).toEqual(usage(1, 1))
    expect(mergeUsage(usage(1, 1), undefined)).toEqual(usage(1, 1))
    expect(mergeUsage(undefined, undefined)).toBeUndefined()
  })
})
