import type { CacheEntry, CacheStore } from '@sluice/cache'
import { describe, expect, it } from 'vitest'
import { ForgivingStore } from '../src/forgiving-store.ts'
import { FakeClock } from './fixtures/fake-clock.ts'

const entry = {} as CacheEntry

function forgiving(method: () => unknown) {
  const clock = new FakeClock()
  const errors: unknown[] = []
  const store = new ForgivingStore({ get: method, set: method, delete: method } as CacheStore, {
    timeoutMs: 100,
    clock,
    onError: (error) => errors.push(error),
  })
  const everything = () => [store.get('k'), store.set('k', entry, 1), store.delete('k')]
  return { clock, errors, everything }
}

describe('ForgivingStore', () => {
  it('answers at once where the store does', () => {
    expect(forgiving(() => entry).everything()).toEqual([entry, entry, entry])
  })

  it('waits for a store that promises', async () => {
    const { everything, clock } = forgiving(() => Promise.resolve(entry))
    expect(await Promise.all(everything().map(async (one) => one))).toEqual([entry, entry, entry])
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
    expect(await Promise.all(everything().map(async (one) => one))).toEqual([undefined, undefined, undefined])
    expect(errors).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })

  it('takes a store that hangs for an empty one', async () => {
    const { everything, errors, clock } = forgiving(() => new Promise(() => {}))
    const results = everything()
    clock.advance(100)
    expect(await Promise.all(results.map(async (one) => one))).toEqual([undefined, undefined, undefined])
    expect(errors.map(String)).toEqual(Array.from({ length: 3 }, () => expect.stringContaining('within 100 ms')))
  })

  it('survives a listener that fails', () => {
    const broken = () => {
      throw new Error('broken')
    }
    const store = new ForgivingStore(
      { get: broken, set: broken, delete: broken },
      {
        timeoutMs: 1,
        clock: new FakeClock(),
        onError: broken,
      },
    )
    expect(store.get('k')).toBeUndefined()
  })
})
