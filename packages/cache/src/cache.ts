import { defineMiddleware, type SluiceMiddleware } from '@sluice/core'
import { markFactory, markOwn } from '@sluice/core/internal'
import { checkCacheOptions, type CacheOptions } from './cache-options.ts'
import { ResponseCache } from './response-cache.ts'

/**
 * Answers a call that has been answered before, streamed or not, from what was kept then; and lets
 * identical calls that come while the first is under way share its one upstream request. Only whole
 * answers that ended of themselves are kept, apart for each tenant. `call.report.cache` says `HIT`,
 * `MISS`, `COALESCED` (shared a request under way) or `BYPASS`; the caller's `Cache-Control:
 * no-cache`, `no-store` and `max-age` are honoured.
 *
 * A hit has a fresh `id` and `created` and the usage of the first time, though no tokens were
 * spent: stages that count tokens look at `call.report.cache`. When a caller of a shared request
 * leaves, the others go on; the upstream is stopped with the last. Its failure reaches all.
 *
 * @throws ConfigError `ERR_CACHE_OPTIONS`; calls fail with `ERR_CACHE_NO_TENANT` where nothing says
 * whose they are.
 * @example app.use('/v1', bearerAuth({ keys }), cache({ ttlMs: 600_000 }), endpoints(openai()))
 */
export function cache(options: CacheOptions): SluiceMiddleware {
  checkCacheOptions(options)
  return defineMiddleware(markOwn(new ResponseCache(options)))
}

markFactory(cache, 'cache')
