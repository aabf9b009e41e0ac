import { ConfigError, type Call, type Principal } from '@sluice/core'
import { disown } from '@sluice/core/internal'

/** Whose buckets a call takes from: its principal's, one for all, or whatever a function says. */
export type LimitBy = 'principal' | 'all' | ((call: Call) => string)

/** Keys of principals that cannot change, for as long as there is such a principal. */
export type PrincipalKeys = WeakMap<Principal, string>

/**
 * The key of a call's buckets. Keys of the three kinds never meet, nor do equal ids of two tenants.
 * What a principal's key is can be `remembered`: looking up a text that was joined only now costs
 * as much as the rest of a lease.
 */
export function bucketKey(by: LimitBy, call: Call, remembered?: PrincipalKeys): string {
  if (by === 'all') return 'all'
  if (by === 'principal') {
    const { principal } = call
    if (principal === undefined) {
      throw new ConfigError(
        'ERR_RATE_LIMIT_NO_PRINCIPAL',
        'rateLimit() counts by principal, but the call has none. Mount bearerAuth({ keys }) or hostIdentity(fn) ' +
          "of @sluice/auth as well, hand call() a principal, or say whom to count: keyBy: 'all', or a function.",
      )
    }
    return remembered?.get(principal) ?? principalKey(principal, remembered)
  }
  const key: unknown = by(call)
  if (typeof key !== 'string' || key === '') {
    disown(key)
    throw new ConfigError(
      'ERR_RATE_LIMIT_KEY',
      'rateLimit({ keyBy }) has to return a non-empty string for every call, at once.',
    )
  }
  return `by:${key}`
}

function principalKey(principal: Principal, remembered: PrincipalKeys | undefined): string {
  const { id, tenant } = principal
  const key = `principal:${tenant.length}:${tenant}:${id}`
  // A host's own object may say something else the next time.
  if (Object.isFrozen(principal)) remembered?.set(principal, key)
  return key
}
