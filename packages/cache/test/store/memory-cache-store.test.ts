import { memoryCacheStore, type CacheEntry } from '@sluice/cache'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../fixtures/fake-clock.ts'

function entryOf(length: number): CacheEntry {
  return {
    version: 1,
    operation: 'embeddings',
    framing: 'document',
    bytes: new Uint8Array(length),
    usage: null,
    provider: null,
    model: null,
    droppedParams: [],
    storedAtMs: 0,
  }
}

describe('memoryCacheStore', () => {
  it('gives back what was set until its time is up, without timers', () => {
    const clock = new FakeClock()
    const store = memoryCacheStore({ clock })
    const entry = entryOf(10)
    store.set('k', entry, 1000)
    clock.advance(1000)
    expect(store.get('k')).toBe(entry)
    clock.advance(1)
    expect(store.get('k')).toBeUndefined()
    expect(clock.pending).toBe(0)
  })

  it('lets a later entry begin its time anew', () => {
    const clock = new FakeClock()
    const store = memoryCacheStore({ clock })
    store.set('k', entryOf(1), 1000)
    clock.advance(900)
    const later = entryOf(2)
    store.set('k', later, 1000)
    clock.advance(900)
    expect(store.get('k')).toBe(later)
  })

  it('pushes out what was not used for longest once its bytes are full', () => {
    const store = memoryCacheStore({ maxBytes: 10 * 1024 })
    for (const key of ['a', 'b', 'c']) store.set(key, entryOf(1024), 1000)
    expect(store.get('a')).toBeDefined()
    store.set('d', entryOf(1024), 1000)
    expect(['a', 'b', 'c', 'd'].filter((key) => store.get(key) !== undefined)).toEqual([
      'a',
      'c',
      'd',
    ])
  })

  it('keeps no more entries than it may', () => {
    const store = memoryCacheStore({ maxEntries: 2 })
    for (const key of ['a', 'b', 'c']) store.set(key, entryOf(1), 1000)
    expect(['a', 'b', 'c'].filter((key) => store.get(key) !== undefined)).toEqual(['b', 'c'])
  })

  it('skips an entry that is too large, and drops the older one in its place', () => {
    const store = memoryCacheStore({ maxEntryBytes: 100 })
    store.set('k', entryOf(100), 1000)
    expect(store.get('k')).toBeDefined()
    store.set('k', entryOf(101), 1000)
    expect(store.get('k')).toBeUndefined()
  })

  it('forgets what is deleted', () => {
    const store = memoryCacheStore()
    store.set('k', entryOf(1), 1000)
    store.delete('k')
    expect(store.get('k')).toBeUndefined()
  })

  it('refuses options that it does not know', () => {
    expect(() => memoryCacheStore({ maxByte: 1 } as object)).toThrow(/Did you mean `maxBytes`/)
  })
})
