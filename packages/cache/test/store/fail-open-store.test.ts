import type { CacheEntry, CacheStore } from '@sluice/cache'
import { call } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { FailOpenStore } from '../../src/store/fail-open-store.ts'
import { FakeClock } from '../fixtures/fake-clock.ts'

const entry = {} as CacheEntry
const asked = call('embeddings', { model: 'm', input: 'a' })

/** A promise of the host's own making. */
const thenable = (then: unknown) =>
  new Proxy({}, { get: (_target, name) => (name === 'then' ? then : undefined) })
const broken = () => {
  throw new Error('broken')
}

function forgiving(method: () => unknown) {
  const clock = new FakeClock()
  const errors: unknown[] = []
  const store = new FailOpenStore({ get: method, set: method, delete: method } as CacheStore, {
    timeoutMs: 100,
    clock,
    onFailure: (error, by) => errors.push([error, by]),
  })
  const everything = () => [
    store.get('k', asked),
    store.set('k', entry, 1, asked),
    store.delete('k', asked),
  ]
  return { clock, errors, everything }
}

describe('FailOpenStore', () => {
  it('answers at once where the store does', () => {
    expect(forgiving(() => entry).everything()).toEqual([entry, undefined, undefined])
  })

  it('waits for a store that promises', async () => {
    const { everything, clock } = forgiving(() => Promise.resolve(entry))
    expect(await Promise.all(everything().map(async (one) => one))).toEqual([
      entry,
      undefined,
      undefined,
    ])
    expect(clock.pending).toBe(0)
  })

  it('takes a store that throws for an empty one', () => {
    const { everything, errors } = forgiving(() => {
      throw new Error('broken')
    })
    expect(everything()).toEqual([undefined, undefined, undefined])
    expect(errors).toHaveLength(3)
  })

  it('takes a store that rejects for an empty one', async () => {
    const { everything, errors, clock } = forgiving(() => Promise.reject(new Error('gone')))
    expect(await Promise.all(everything().map(async (one) => one))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(errors).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })

  it('takes a store that hangs for an empty one', async () => {
    const { everything, errors, clock } = forgiving(() => new Promise(() => {}))
    const results = everything()
    clock.advance(100)
    expect(await Promise.all(results.map(async (one) => one))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    const late = [
      expect.objectContaining({ message: expect.stringContaining('within 100 ms') as string }),
      asked,
    ]
    expect(errors).toEqual([late, late, late])
  })

  it.each<[string, () => unknown]>([
    [
      'calls back with failures twice',
      () =>
        thenable((_: never, fail: (error: Error) => void) => {
          fail(new Error('once'))
          fail(new Error('twice'))
        }),
    ],
    ['has a then that throws', () => thenable(broken)],
    ['throws when it is looked at', () => new Proxy({}, { get: broken })],
    [
      'rejects after the time is up',
      () => new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 0)),
    ],
  ])('tells once of a promise that %s', async (_what, method) => {
    const { everything, errors, clock } = forgiving(method)
    const results = everything()
    if (_what.includes('time is up')) clock.advance(100)
    expect(await Promise.all(results.map(async (one) => one))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(errors).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })
})
