import { hash } from 'node:crypto'
import type { Call } from '@sluice/core'
import { bodyBytesOf } from '@sluice/core/internal'
import { LRUCache } from 'lru-cache'
import {
  cacheKey,
  hasHeader,
  headerValues,
  varyHeadersOf,
  type CacheKeyScope,
} from './cache-key.ts'

/** Bodies remembered; each costs about 300 bytes. */
const MAX_BODIES = 8192

/**
 * Gives calls their keys. A body that was seen before, byte for byte, costs one hash: sorting its
 * JSON and writing it out again would cost ten times as much.
 */
export class CacheKeyMemo {
  readonly #scope: CacheKeyScope
  readonly #known = new LRUCache<string, string>({ max: MAX_BODIES })

  constructor(scope: CacheKeyScope) {
    this.#scope = scope
  }

  keyOf(call: Call, tenant: string): string {
    const bytes = bodyBytesOf(call)
    // Without a body nothing tells whether the params have been changed in place.
    if (bytes === undefined) return cacheKey(call, tenant, this.#scope)
    // Lengths in front, so that no two sets of parts read the same.
    const parts = `${tenant.length}:${tenant}${call.model.length}:${call.model}${call.operation}`
    const body = `${hash('sha256', bytes, 'base64url')}${parts}${this.#headersOf(call)}`
    let key = this.#known.get(body)
    if (key === undefined) {
      key = cacheKey(call, tenant, this.#scope)
      this.#known.set(body, key)
    }
    return key
  }

  #headersOf(call: Call): string {
    const names = varyHeadersOf(call, this.#scope)
    for (const name of names)
      if (hasHeader(call, name)) return JSON.stringify(headerValues(call, names))
    return ''
  }
}
