import { expect, test } from 'vitest'
import { leaseIds } from '../src/lease-ids.ts'

test('never gives a name twice, not even to two stages', () => {
  const makers = [leaseIds(), leaseIds()]
  const names = makers.flatMap((next) => Array.from({ length: 1000 }, () => next()))
  expect(new Set(names).size).toBe(2000)
})
