import { setImmediate } from 'node:timers/promises'
import type { LimitFunction } from 'p-limit'
import { describe, expect, it, vi } from 'vitest'
import { Bulkhead } from '../src/bulkhead.ts'

/** The limits that bulkheads were built on, so that what stands in their queues can be counted. */
const limits = vi.hoisted((): LimitFunction[] => [])
vi.mock('p-limit', async (original) => {
  const { default: pLimit } = await original<typeof import('p-limit')>()
  return {
    default: (concurrency: number) => {
      const limit = pLimit(concurrency)
      limits.push(limit)
      return limit
    },
  }
})

/** Callers by name, and who of them was started. */
function harness(bulkhead: Bulkhead) {
  const started: string[] = []
  const leave = new Map<string, () => void>()
  const enter = (name: string) =>
    bulkhead.enter((done) => {
      started.push(name)
      leave.set(name, done)
    })
  return { started, leave, enter }
}

describe('Bulkhead', () => {
  it('starts as many as allowed and the others in their order as places are given back', async () => {
    const { started, leave, enter } = harness(new Bulkhead(2, 10))
    for (const name of ['a', 'b', 'c', 'd']) expect(enter(name)).toBeDefined()
    await setImmediate()
    expect(started).toEqual(['a', 'b'])
    leave.get('b')!()
    await setImmediate()
    expect(started).toEqual(['a', 'b', 'c'])
    leave.get('a')!()
    await setImmediate()
    expect(started).toEqual(['a', 'b', 'c', 'd'])
  })

  it('never starts a caller before enter has returned', () => {
    const { started, enter } = harness(new Bulkhead(1, 0))
    enter('a')
    expect(started).toEqual([])
  })

  it('refuses whom the queue cannot hold, also within one turn', async () => {
    const { started, enter } = harness(new Bulkhead(1, 1))
    expect(enter('a')).toBeDefined()
    expect(enter('b')).toBeDefined()
    expect(enter('c')).toBeUndefined()
    await setImmediate()
    expect(started).toEqual(['a'])
    expect(enter('d')).toBeUndefined()
  })

  it('refuses everyone but those under way where nobody may wait', async () => {
    const { leave, enter } = harness(new Bulkhead(1, 0))
    expect(enter('a')).toBeDefined()
    expect(enter('b')).toBeUndefined()
    await setImmediate()
    leave.get('a')!()
    await setImmediate()
    expect(enter('c')).toBeDefined()
  })

  it('never starts a caller who left, whether waiting or about to be started', async () => {
    const { started, leave, enter } = harness(new Bulkhead(1, 10))
    const leaveAtOnce = enter('a')!
    leaveAtOnce()
    enter('b')
    const leaveTheQueue = enter('c')!
    enter('d')
    await setImmediate()
    leaveTheQueue()
    leave.get('b')!()
    await setImmediate()
    expect(started).toEqual(['b', 'd'])
  })

  it('gives the place in the queue of someone who left to the next who comes', async () => {
    const { started, leave, enter } = harness(new Bulkhead(1, 2))
    enter('a')
    await setImmediate()
    enter('b')
    for (let storm = 0; storm < 1000; storm++) enter(`gone ${storm}`)!()
    expect(limits.at(-1)!.pendingCount).toBeLessThanOrEqual(2)
    expect(enter('c')).toBeDefined()
    expect(enter('d')).toBeUndefined()
    leave.get('a')!()
    await setImmediate()
    leave.get('b')!()
    await setImmediate()
    expect(started).toEqual(['a', 'b', 'c'])
  })

  it('does not care when a place is given back twice', async () => {
    const { started, leave, enter } = harness(new Bulkhead(1, 10))
    for (const name of ['a', 'b', 'c']) enter(name)
    await setImmediate()
    leave.get('a')!()
    leave.get('a')!()
    await setImmediate()
    expect(started).toEqual(['a', 'b'])
  })
})
