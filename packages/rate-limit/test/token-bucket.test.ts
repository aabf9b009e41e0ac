import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fullBucket, levelAt, pour, TokenBucket, waitMs, wholeUnits } from '../src/token-bucket.ts'

const perMinute = fc.integer({ min: 1, max: 10_000_000 })
const elapsed = fc.double({ min: 0, max: 1e7, noNaN: true })

describe('levelAt', () => {
  test.each([
    ['a full bucket stays full', 60, 0, 30_000, 60],
    ['an empty one is full after a minute', 60, 60, 60_000, 60],
    ['an empty one is half full after half a minute', 60, 60, 30_000, 30],
    ['it grows between whole units', 60, 60, 500, 0.5],
    ['a debt is paid first', 60, 120, 60_000, 0],
    ['no time, no change', 60, 7, 0, 53],
    ['a clock that goes back adds nothing and takes nothing', 60, 7, -5000, 53],
  ])('%s', (_what, limit, taken, elapsedMs, level) => {
    const bucket = fullBucket(limit, 1000)
    pour(bucket, -taken, limit, 1000)
    expect(levelAt(bucket, limit, 1000 + elapsedMs)).toBe(level)
  })

  test('never holds more than a minute allows, whatever is poured in', () => {
    fc.assert(
      fc.property(
        perMinute,
        fc.array(fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), elapsed)),
        (limit, steps) => {
          const bucket = fullBucket(limit, 0)
          let now = 0
          for (const [amount, ms] of steps) {
            now += ms
            pour(bucket, amount, limit, now)
            expect(levelAt(bucket, limit, now)).toBeLessThanOrEqual(limit)
          }
        },
      ),
    )
  })

  test('does not care in how many steps time goes by', () => {
    fc.assert(
      fc.property(
        perMinute,
        fc.integer({ min: 0, max: 1e6 }),
        fc.array(elapsed, { maxLength: 20 }),
        (limit, taken, steps) => {
          const once = fullBucket(limit, 0)
          pour(once, -taken, limit, 0)
          const often = new TokenBucket(once.level, once.atMs)
          let now = 0
          for (const ms of steps) {
            now += ms
            pour(often, 0, limit, now)
          }
          expect(levelAt(often, limit, now)).toBeCloseTo(levelAt(once, limit, now), 4)
        },
      ),
    )
  })
})

describe('waitMs', () => {
  test.each([
    [10, 10, 60, 0],
    [11, 10, 60, 0],
    [9, 10, 60, 1000],
    [0, 1, 3000, 20],
    [0, 1, 7, 8572],
    [-60, 60, 60, 120_000],
    [0.9999999, 1, 60, 0],
  ])('from a level of %d to %d at %d a minute it takes %d ms', (level, amount, limit, ms) => {
    expect(waitMs(level, amount, limit)).toBe(ms)
  })

  test('is long enough, and not two milliseconds longer than that', () => {
    fc.assert(
      fc.property(
        perMinute,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: -2, max: 1, noNaN: true }),
        elapsed,
        (limit, wanted, at, now) => {
          const amount = Math.max(1, Math.floor(limit * wanted))
          const bucket = { level: limit * at, atMs: now }
          const wait = waitMs(levelAt(bucket, limit, now), amount, limit)
          expect(waitMs(levelAt(bucket, limit, now + wait), amount, limit)).toBe(0)
          if (wait >= 2) expect(levelAt(bucket, limit, now + wait - 2)).toBeLessThan(amount)
        },
      ),
    )
  })
})

test.each([
  [0, 0],
  [-5, 0],
  [0.5, 0],
  [2.999, 2],
  [2.9999999, 3],
  [3, 3],
])('a level of %d is %d whole units', (level, units) => {
  expect(wholeUnits(level)).toBe(units)
})
