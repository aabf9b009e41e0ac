import { checkOptions, option, systemClock, type Clock } from '@sluice/core'
import { LRUCache } from 'lru-cache'
import type { CacheEntry } from './cache-entry.ts'
import type { CacheStore } from './cache-store.ts'

/** The bounds of a store in memory. */
export interface MemoryCacheStoreOptions {
  /** Memory for all entries together, at most. @defaultValue 64 MiB */
  readonly maxBytes?: number | undefined
  /** Number of entries. @defaultValue as many as `maxBytes` allows */
  readonly maxEntries?: number | undefined
  /** A longer answer is not kept. @defaultValue 2 MiB */
  readonly maxEntryBytes?: number | undefined
  readonly clock?: Clock | undefined
}

/** A store that answers at once. */
export interface MemoryCacheStore extends CacheStore {
  get(key: string): CacheEntry | undefined
  set(key: string, entry: CacheEntry, ttlMs: number): void
  delete(key: string): void
}

const RULES = {
  maxBytes: option.positive,
  maxEntries: option.positive,
  maxEntryBytes: option.positive,
  clock: option.object,
}

/**
 * Keeps answers in this process; the one that was not used for longest goes first. It starts no
 * timers: what has expired is let go when it is asked for or pushed out.
 *
 * @throws ConfigError `ERR_CACHE_OPTIONS`
 */
export function memoryCacheStore(options: MemoryCacheStoreOptions = {}): MemoryCacheStore {
  checkOptions('memoryCacheStore', 'ERR_CACHE_OPTIONS', options, RULES)
  const {
    maxBytes = 64 * 1024 * 1024,
    maxEntries,
    maxEntryBytes = 2 * 1024 * 1024,
    clock = systemClock,
  } = options
  const entries = new LRUCache<string, CacheEntry>({
    ...(maxEntries === undefined ? {} : { max: maxEntries }),
    maxSize: maxBytes,
    sizeCalculation: memoryOf,
    // Without it lru-cache sets a timer at each look at the time.
    ttlResolution: 0,
    // lru-cache takes a start at 0 to mean "no limit", and a clock may begin there.
    perf: { now: () => clock.now() + 1 },
  })
  return {
    get: (key) => entries.get(key),
    set(key, entry, ttlMs) {
      // A refused entry must not leave an older answer in its place.
      if (entry.bytes.length > maxEntryBytes) entries.delete(key)
      else entries.set(key, entry, { ttl: ttlMs })
    },
    delete(key) {
      entries.delete(key)
    },
  }
}

/**
 * An upper estimate: once asked for in its other form (streamed or not), an answer is held in both.
 */
function memoryOf(entry: CacheEntry): number {
  return entry.bytes.length * 2 + 1024
}
