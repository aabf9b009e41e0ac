import { ConfigError, type Call } from '@sluice/core'
import { disown } from '@sluice/core/internal'

/**
 * Whether a host lets a call be answered from the cache at all.
 *
 * @throws ConfigError `ERR_CACHE_SHOULD_CACHE` for what is neither true nor false
 */
export function isCacheable(cacheable: ((call: Call) => boolean) | undefined, call: Call): boolean {
  if (cacheable === undefined) return true
  const answer: unknown = cacheable(call)
  if (typeof answer === 'boolean') return answer
  disown(answer)
  throw new ConfigError(
    'ERR_CACHE_SHOULD_CACHE',
    'cache({ shouldCache }) has to return true or false for each call, at once.',
  )
}
