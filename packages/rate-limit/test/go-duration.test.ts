import { expect, test } from 'vitest'
import { goDuration } from '../src/go-duration.ts'

test.each([
  [0, '0s'],
  [-5, '0s'],
  [0.2, '1ms'],
  [12, '12ms'],
  [999, '999ms'],
  [1000, '1s'],
  [1500, '1.5s'],
  [8640, '8.64s'],
  [59_999, '59.999s'],
  [60_000, '1m0s'],
  [60_500, '1m0.5s'],
  [360_000, '6m0s'],
  [3_599_000, '59m59s'],
  [3_600_000, '1h0m0s'],
  [90_061_001, '25h1m1.001s'],
])('writes %d ms as %s', (ms, text) => {
  expect(goDuration(ms)).toBe(text)
})
