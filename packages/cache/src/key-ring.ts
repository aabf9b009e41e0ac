import { hash } from 'node:crypto'
import { bodyBytesOf, type Call } from '@sluice/core'
import { LRUCache } from 'lru-cache'
import { cacheKey, hasHeader, headerValues, type CacheKeyScope } from './cache-key.ts'

/** Bodies remembered; each costs about 300 bytes. */
const MAX_BODIES = 8192
/** Keys kept with one params object: one for each tenant that sends it, as a rule. */
const MAX_KEYS = 8

/** A key, with all that it was made of beside the params and the namespace. */
class KnownKey {
  readonly bytes: Uint8Array
  readonly tenant: string
  readonly operation: string
  readonly model: string
  readonly headers: string
  readonly key: string

  constructor(bytes: Uint8Array, tenant: string, { operation, model }: Call, headers: string, key: string) {
    this.bytes = bytes
    this.tenant = tenant
    this.operation = operation
    this.model = model
    this.headers = headers
    this.key = key
  }

  is(bytes: Uint8Array, tenant: string, call: Call, headers: string): boolean {
    return (
      this.bytes === bytes &&
      this.tenant === tenant &&
      this.operation === call.operation &&
      this.model === call.model &&
      this.headers === headers
    )
  }
}

/**
 * Gives calls their keys. A body that has been seen before, byte for byte, costs one hash: sorting and writing out its JSON again would cost ten
 * times as much. Where `endpoints` remembered the body, and so gives the same frozen params with the same bytes, it costs not even that.
 */
export class KeyRing {
  readonly #scope: CacheKeyScope
  readonly #known = new LRUCache<string, string>({ max: MAX_BODIES })
  readonly #ofParams = new WeakMap<object, KnownKey[]>()

  constructor(scope: CacheKeyScope) {
    this.#scope = scope
  }

  keyOf(call: Call, tenant: string): string {
    const bytes = bodyBytesOf(call)
    // Without a body there is no telling whether what is in the params has been changed in place: freezing them might have stopped at the surface.
    if (bytes === undefined) return cacheKey(call, tenant, this.#scope)
    const headers = this.#headersOf(call)
    const known = this.#ofParams.get(call.params)
    if (known !== undefined) {
      for (const one of known) if (one.is(bytes, tenant, call, headers)) return one.key
    }
    const key = this.#keyOfBody(call, tenant, bytes, headers)
    // Only what will be seen again is worth an entry, which the collector has to look after.
    if (Object.isFrozen(call.params)) this.#keep(call, new KnownKey(bytes, tenant, call, headers, key), known)
    return key
  }

  #keyOfBody(call: Call, tenant: string, bytes: Uint8Array, headers: string): string {
    // Lengths in front, so that no two sets of parts read the same.
    const body = `${hash('sha256', bytes, 'base64url')}${tenant.length}:${tenant}${call.model.length}:${call.model}${call.operation}${headers}`
    let key = this.#known.get(body)
    if (key === undefined) {
      key = cacheKey(call, tenant, this.#scope)
      this.#known.set(body, key)
    }
    return key
  }

  #keep({ params }: Call, one: KnownKey, known: KnownKey[] | undefined): void {
    if (known === undefined) this.#ofParams.set(params, [one])
    else if (known.length < MAX_KEYS) known.push(one)
    else known.splice(0, known.length, one)
  }

  #headersOf(call: Call): string {
    for (const name of this.#scope.varyHeaders ?? []) {
      if (hasHeader(call, name)) return JSON.stringify(headerValues(call, this.#scope.varyHeaders))
    }
    return ''
  }
}
