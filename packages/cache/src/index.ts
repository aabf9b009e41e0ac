export { cache } from './cache.ts'
export { CACHE_ENTRY_VERSION, type CacheEntry } from './store/cache-entry.ts'
export type { CacheOptions } from './cache-options.ts'
export { cacheKey, type CacheKeyScope } from './key/cache-key.ts'
export type { CacheStore } from './store/cache-store.ts'
export {
  memoryCacheStore,
  type MemoryCacheStore,
  type MemoryCacheStoreOptions,
} from './store/memory-cache-store.ts'
export type { TenantOption } from './key/tenant-of.ts'
