export {
  CACHE_ENTRY_VERSION,
  cache,
  cacheKey,
  memoryCacheStore,
  type CacheEntry,
  type CacheKeyScope,
  type CacheOptions,
  type CacheStore,
  type MemoryCacheStore,
  type MemoryCacheStoreOptions,
  type TenantOption,
} from '@sluice/cache'
