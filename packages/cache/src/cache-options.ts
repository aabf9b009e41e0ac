import {
  checkOptions,
  ConfigError,
  option,
  type Call,
  type Clock,
  type ErrorListener,
} from '@sluice/core'
import type { CacheStore } from './store/cache-store.ts'
import type { TenantOption } from './key/tenant-of.ts'

/** What is kept, for how long, and for whom. */
export interface CacheOptions {
  /** How long an answer is given again. */
  readonly ttlMs: number
  /**
   * Whose answers are shared, for calls without a principal or by a rule of your own.
   * @defaultValue the principal's tenant; a call without one is refused
   */
  readonly tenant?: TenantOption | undefined
  /**
   * Whether a call may be answered from the cache at all; for keeping, say, high temperatures out.
   * @defaultValue all calls may
   */
  readonly shouldCache?: ((call: Call) => boolean) | undefined
  /**
   * Whether answers that call tools are kept too. A tool that acts would then act on every repeat.
   * @defaultValue false
   */
  readonly cacheToolCalls?: boolean | undefined
  /** A longer answer is not kept. @defaultValue 2 MiB */
  readonly maxEntryBytes?: number | undefined
  /** Bound of the store in memory. @defaultValue 64 MiB */
  readonly maxBytes?: number | undefined
  /** Bound of the store in memory. @defaultValue as many as `maxBytes` allows */
  readonly maxEntries?: number | undefined
  /** Where answers are kept. @defaultValue `memoryCacheStore()` with the bounds above */
  readonly store?: CacheStore | undefined
  /** A store that takes longer counts as failed. @defaultValue 500 */
  readonly storeTimeoutMs?: number | undefined
  /** Told of a store's failures, as they were thrown; calls go on as if nothing were stored. */
  readonly onStoreError?: ((error: unknown) => void) | undefined
  /**
   * Hears of a store's failures, and of what `cacheable` and `tenant` get wrong. @defaultValue that
   * of `endpoints`, which hears of what calls survive and of calls that fail; where nobody listens,
   * a warning
   */
  readonly onError?: ErrorListener | undefined
  /** Keeps apart caches on one store; change it when a model name comes to mean another model. */
  readonly keyPrefix?: string | undefined
  /**
   * Request headers that keep answers apart.
   * @defaultValue `['openai-organization', 'openai-project']`
   */
  readonly varyHeaders?: readonly string[] | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  ttlMs: option.positive,
  tenant: {
    expected: "'shared' or a function",
    accepts: (value: unknown) => value === 'shared' || typeof value === 'function',
  },
  shouldCache: option.function,
  cacheToolCalls: option.boolean,
  maxEntryBytes: option.positive,
  maxBytes: option.positive,
  maxEntries: option.positive,
  store: { expected: 'a store with get, set and delete', accepts: isStore },
  storeTimeoutMs: option.positive,
  onStoreError: option.function,
  onError: option.function,
  keyPrefix: option.string,
  varyHeaders: { expected: 'an array of header names', accepts: isNames },
  clock: option.object,
}

/** Checks the options of `cache()`. @throws ConfigError `ERR_CACHE_OPTIONS` */
export function checkCacheOptions(options: CacheOptions): void {
  checkOptions('cache', 'ERR_CACHE_OPTIONS', options, RULES)
  if (options.ttlMs === undefined) {
    throw new ConfigError(
      'ERR_CACHE_OPTIONS',
      'cache() needs to know how long to keep answers, for instance cache({ ttlMs: 600_000 }).',
    )
  }
  if (options.store !== undefined && (options.maxBytes ?? options.maxEntries) !== undefined) {
    throw new ConfigError(
      'ERR_CACHE_OPTIONS',
      'cache({ maxBytes, maxEntries }) bound the store in memory. With a store of your own, give its bounds to the store.',
    )
  }
}

function isStore(value: unknown): boolean {
  const store = value as Partial<CacheStore> | null
  return (
    typeof store === 'object' &&
    [store?.get, store?.set, store?.delete].every((method) => typeof method === 'function')
  )
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}
