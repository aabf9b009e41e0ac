import {
  checkOptions,
  ConfigError,
  defineMiddleware,
  option,
  systemClock,
  type Clock,
  type ErrorListener,
  type SluiceMiddleware,
} from '@sluice/core'
import { FailureTeller, isPromiseLike, markFactory, markOwn } from '@sluice/core/internal'
import { authorize, admitWhenTold, AuthRequest } from './authorize.ts'
import type { ApiKeyRecord } from './keys/api-key-record.ts'
import { hashKey } from './keys/hash-key.ts'
import type { HostRequest, Identify } from './host-identity.ts'
import { endsInChecksum } from './keys/key-checksum.ts'
import { checkedLookup, type KeyLookup } from './keys/key-lookup.ts'
import { keyTable } from './keys/key-table.ts'
import type { KnownKey } from './keys/known-key.ts'
import { readCredential } from './keys/read-credential.ts'
import { requirePrincipal } from './require-principal.ts'

/** Which keys are accepted, and what stands in for a key. */
export interface BearerAuthOptions {
  /**
   * The keys, as text or records, read once; or a function that finds a record by the key's hash,
   * asked at each request.
   */
  readonly keys: readonly (string | ApiKeyRecord)[] | KeyLookup
  /**
   * Asked where a request brings no key at all; a wrong key is never rescued by a session.
   */
  readonly identify?: Identify | undefined
  /**
   * Keys that begin with this were made by `createKey`: with a wrong checksum they are refused
   * before anyone is asked.
   */
  readonly checksumPrefix?: string | undefined
  /**
   * How long a lookup's record is believed, and so how long a revoked key may go on.
   * @defaultValue 0, asked every time
   */
  readonly cacheMs?: number | undefined
  /** Records kept for `cacheMs`; the oldest goes first. @defaultValue 10_000 */
  readonly maxCachedKeys?: number | undefined
  /**
   * A promise of `keys` or `identify` that takes longer is answered with 503.
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Hears of every request that could not be checked, because the host threw, rejected, took too
   * long or gave nonsense.
   * @defaultValue the host's own error handlers, once the 503 has been sent; where `next` takes no
   * error, a warning
   */
  readonly onError?: ErrorListener | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  keys: {
    expected: 'an array of keys or a lookup function',
    accepts: (value: unknown) => Array.isArray(value) || typeof value === 'function',
  },
  identify: option.function,
  checksumPrefix: option.string,
  cacheMs: option.count,
  maxCachedKeys: option.positive,
  timeoutMs: option.positive,
  onError: option.function,
  clock: option.object,
}

/**
 * Requires a key: as `Authorization: Bearer <key>`, as OpenAI's clients send it, as `x-api-key` of
 * Anthropic's, or as `x-goog-api-key` or `?key=` of Google's. Mounted it sets the principal or answers
 * 401 `invalid_api_key`, with one and the same text for a missing, malformed, unknown, expired and
 * disabled key; a lookup that throws, rejects, takes too long or gives anything but a record is
 * answered with 503, or with the `ApiError` that it threw. Composed it refuses a call without
 * principal. Only hashes are kept and compared, whole; the key is not passed on. Expiry is told at
 * each request; an answer that is already running goes on to its end.
 *
 * @throws ConfigError `ERR_AUTH_OPTIONS`, `ERR_AUTH_KEY`, `ERR_AUTH_DUPLICATE_KEY`
 * @example app.use('/v1', bearerAuth({ keys: [{ hash, tenant: 'acme', models: ['gpt-*'] }] }), endpoints(…))
 */
export function bearerAuth(options: BearerAuthOptions): SluiceMiddleware {
  checkOptions('bearerAuth', 'ERR_AUTH_OPTIONS', options, RULES)
  if (options.keys === undefined) {
    throw new ConfigError(
      'ERR_AUTH_OPTIONS',
      'bearerAuth() needs keys: a list of them, or a lookup function.',
    )
  }
  const {
    keys,
    identify,
    checksumPrefix,
    cacheMs = 0,
    maxCachedKeys = 10_000,
    timeoutMs = 5000,
    clock = systemClock,
  } = options
  const waiting = { clock, timeoutMs }
  const failures = new FailureTeller('bearerAuth', options.onError)
  const table = typeof keys === 'function' ? undefined : keyTable(keys)
  const lookup =
    typeof keys === 'function' ? checkedLookup(keys, { cacheMs, maxCachedKeys, clock }) : undefined
  const accepted = (key: KnownKey | undefined) =>
    key === undefined || key.disabled || hasExpired(key, clock) ? undefined : key.principal

  return defineMiddleware(
    markOwn(requirePrincipal('bearerAuth')),
    function bearerAuthMiddleware(exchange, req, res, next) {
      const passing = new AuthRequest(exchange, req, res, next, failures)
      const { isGiven, key: bearer } = readCredential(req)
      if (!isGiven && identify !== undefined) {
        // Where session middlewares have declared members on requests, the types differ.
        // oxlint-disable-next-line typescript/no-unnecessary-type-assertion
        return admitWhenTold(passing, (signal) => identify(req as HostRequest, signal), waiting)
      }
      if (bearer === undefined) return authorize(passing, undefined)
      const mistyped =
        checksumPrefix !== undefined && bearer.startsWith(checksumPrefix) && !endsInChecksum(bearer)
      if (mistyped) return authorize(passing, undefined)
      const hash = hashKey(bearer)
      if (lookup === undefined) return authorize(passing, accepted(table!.get(hash)))
      const find = (signal: AbortSignal) => {
        const key = lookup(hash, signal)
        return isPromiseLike(key) ? Promise.resolve(key).then(accepted) : accepted(key)
      }
      return admitWhenTold(passing, find, waiting)
    },
  )
}

markFactory(bearerAuth, 'bearerAuth')

/** Most keys stay for ever, and need not ask for the time. */
function hasExpired({ expiresAtMs }: KnownKey, clock: Clock): boolean {
  return expiresAtMs !== Infinity && clock.wall() >= expiresAtMs
}
