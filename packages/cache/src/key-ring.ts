import { hash } from 'node:crypto'
import { bodyBytesOf, type Call } from '@sluice/core'
import { LRUCache } from 'lru-cache'
import { cacheKey, headerValues, type CacheKeyScope } from './cache-key.ts'

/** Bodies remembered; each costs about 300 bytes. */
const MAX_BODIES = 8192

/**
 * Gives calls their keys. A body that has been seen before, byte for byte, costs one hash: sorting and writing out its JSON again would cost ten
 * times as much.
 */
export class KeyRing {
  readonly #scope: CacheKeyScope
  readonly #known = new LRUCache<string, string>({ max: MAX_BODIES })

  constructor(scope: CacheKeyScope) {
    this.#scope = scope
  }

  keyOf(call: Call, tenant: string): string {
    const bytes = bodyBytesOf(call)
    if (bytes === undefined) return cacheKey(call, tenant, this.#scope)
    const headers = headerValues(call, this.#scope.varyHeaders)
    const rest = headers.length === 0 ? '' : JSON.stringify(headers)
    // Lengths in front, so that no two sets of parts read the same.
    const body = `${hash('sha256', bytes, 'base64url')}${tenant.length}:${tenant}${call.model.length}:${call.model}${call.operation}${rest}`
    let key = this.#known.get(body)
    if (key === undefined) {
      key = cacheKey(call, tenant, this.#scope)
      this.#known.set(body, key)
    }
    return key
  }
}
