import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullJitterMs } from '../src/full-jitter.ts'

describe('fullJitterMs', () => {
  it.each([
    [0, 250],
    [1, 500],
    [2, 1000],
    [5, 8000],
    [6, 8000],
    [2000, 8000],
  ])('spreads round %i over the time from 0 to %i ms', (round, limit) => {
    expect(fullJitterMs(250, round, () => 0)).toBe(0)
    expect(fullJitterMs(250, round, () => 0.5)).toBe(limit / 2)
  })

  it('is never negative and never reaches the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60_000 }),
        fc.nat(100),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (base, round, draw) => {
          const wait = fullJitterMs(base, round, () => draw)
          expect(wait).toBeGreaterThanOrEqual(0)
          expect(wait).toBeLessThan(8000)
        },
      ),
    )
  })
})
