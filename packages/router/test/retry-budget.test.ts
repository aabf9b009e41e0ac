import { describe, expect, it } from 'vitest'
import { RetryBudget } from '../src/retry-budget.ts'
import { FakeClock } from './fixtures/fake-clock.ts'

function takeAll(budget: RetryBudget): number {
  let taken = 0
  while (budget.take()) taken++
  return taken
}

describe('RetryBudget', () => {
  it('begins with its reserve', () => {
    expect(takeAll(new RetryBudget(0.2, new FakeClock()))).toBe(20)
  })

  it('allows one repeat for five calls once the reserve is gone', () => {
    const budget = new RetryBudget(0.2, new FakeClock())
    takeAll(budget)
    for (let call = 0; call < 52; call++) budget.deposit()
    expect(takeAll(budget)).toBe(10)
  })

  it('keeps repeats to a fifth of the traffic through a long outage', () => {
    const clock = new FakeClock()
    const budget = new RetryBudget(0.2, clock)
    let repeats = 0
    for (let call = 0; call < 60_000; call++) {
      budget.deposit()
      for (let attempt = 0; attempt < 2; attempt++) if (budget.take()) repeats++
      clock.advance(1)
    }
    expect(repeats).toBeLessThanOrEqual(0.2 * 60_000 + 20 + 2 * 60)
    expect(repeats).toBeGreaterThan(0.19 * 60_000)
  })

  it('fills its reserve by two a second, and no further', () => {
    const clock = new FakeClock()
    const budget = new RetryBudget(0.2, clock)
    takeAll(budget)
    clock.advance(1500)
    expect(takeAll(budget)).toBe(3)
    clock.advance(3_600_000)
    expect(takeAll(budget)).toBe(20)
  })

  it('saves no more than 100 repeats up', () => {
    const budget = new RetryBudget(0.2, new FakeClock())
    for (let call = 0; call < 100_000; call++) budget.deposit()
    expect(takeAll(budget)).toBe(100)
  })

  it('allows the reserve alone where the share is 0', () => {
    const budget = new RetryBudget(0, new FakeClock())
    for (let call = 0; call < 1000; call++) budget.deposit()
    expect(takeAll(budget)).toBe(20)
  })
})
