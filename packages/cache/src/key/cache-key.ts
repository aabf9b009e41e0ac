import { hash } from 'node:crypto'
import { ConfigError, type Call } from '@sluice/core'
import { bodyBytesOf } from '@sluice/core/internal'
import stableStringify from 'safe-stable-stringify'
import { isExactBody } from './is-exact-body.ts'

/** What beside the call itself keeps entries apart. */
export interface CacheKeyScope {
  readonly keyPrefix?: string | undefined
  /** Request headers that count, lower-case names. */
  readonly varyHeaders?: readonly string[] | undefined
}

/**
 * They choose how an answer is delivered, not what it says. Everything else counts, whether anybody
 * knows it or not.
 */
const DELIVERY_PARAMS: readonly string[] = ['stream', 'stream_options']
/** What Anthropic understands by a body depends on these. */
const MESSAGE_HEADERS: readonly string[] = ['anthropic-beta', 'anthropic-version']

/**
 * The name under which the answer to a call is kept: SHA-256 over tenant, operation, model and all
 * params in canonical JSON, as 43 characters of base64url. The order of keys does not count, that
 * of lists does. A body with numbers that a double does not hold as they are written, or with a key
 * that stands twice in an object, shares its key with no other body.
 *
 * @throws ConfigError `ERR_CACHE_NO_TENANT` without a tenant.
 */
export function cacheKey(call: Call, tenant: string, scope: CacheKeyScope = {}): string {
  if (typeof tenant !== 'string' || tenant === '') {
    throw new ConfigError(
      'ERR_CACHE_NO_TENANT',
      'cacheKey() takes the tenant as its second argument, a non-empty string.',
    )
  }
  const params: Record<string, unknown> = { ...call.params }
  // A streamed message and a whole one are kept apart.
  if (call.operation !== 'messages.create') for (const name of DELIVERY_PARAMS) delete params[name]
  const { operation, model } = call
  const parts: unknown[] = [
    scope.keyPrefix ?? '',
    tenant,
    operation,
    model,
    headerValues(call, varyHeadersOf(call, scope)),
    params,
  ]
  const bytes = bodyBytesOf(call)
  // The upstream may be sent the body as it came, with what got lost when it was parsed.
  if (bytes !== undefined && !isExactBody(bytes, call.params))
    parts.push(hash('sha256', bytes, 'base64url'))
  return hash('sha256', stableStringify(parts), 'base64url')
}

/** Returns the names of the headers that count for a call. */
export function varyHeadersOf({ operation }: Call, scope: CacheKeyScope): readonly string[] {
  const own = scope.varyHeaders ?? NONE
  return operation === 'messages.create' ? [...own, ...MESSAGE_HEADERS] : own
}

const NONE: readonly string[] = []

/**
 * The values of the headers that count, in the order of their names; empty where the call has none
 * of them.
 */
export function headerValues(call: Call, names: readonly string[]): unknown[] {
  const found: unknown[] = []
  for (const name of names) if (hasHeader(call, name)) found.push(name, call.headers[name])
  return found
}

/**
 * Whether a call has a header. One that is called `constructor` is no header by its being there.
 */
export function hasHeader({ headers }: Call, name: string): boolean {
  const value = headers[name]
  return value !== undefined && Object.hasOwn(headers, name)
}
