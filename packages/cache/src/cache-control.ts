import type { Call } from '@sluice/core'

/** What a caller's `Cache-Control` asks of the cache. */
export interface CacheControl {
  /** Neither read nor stored. */
  readonly noStore: boolean
  /** Not read, but stored. */
  readonly noCache: boolean
  /** Oldest answer that will do, in milliseconds. */
  readonly maxAgeMs: number
}

const ANYTHING: CacheControl = { noStore: false, noCache: false, maxAgeMs: Infinity }

/**
 * Reads the request directives `no-store`, `no-cache` and `max-age` (RFC 9111, section 5.2.1);
 * others, and what cannot be read, ask for nothing.
 */
export function cacheControlOf(headers: Call['headers']): CacheControl {
  const header = headers['cache-control']
  if (header === undefined) return ANYTHING
  let { noStore, noCache, maxAgeMs } = ANYTHING
  for (const directive of String(header).toLowerCase().split(',')) {
    const [name = '', value] = directive.split('=', 2).map((part) => part.trim())
    if (name === 'no-store') noStore = true
    else if (name === 'no-cache') noCache = true
    else if (name === 'max-age' && value !== undefined && /^"?\d+"?$/.test(value)) {
      maxAgeMs = Math.min(maxAgeMs, Number(value.replaceAll('"', '')) * 1000)
    }
  }
  return { noStore, noCache: noCache || maxAgeMs === 0, maxAgeMs }
}
