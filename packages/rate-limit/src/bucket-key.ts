import { ConfigError, type Call } from '@sluice/core'

/** Whose buckets a call takes from: its principal's, one for all, or whatever a function says. */
export type LimitBy = 'principal' | 'all' | ((call: Call) => string)

/** The key of a call's buckets. Keys of the three kinds never meet, nor do equal ids of two tenants. */
export function bucketKey(by: LimitBy, call: Call): string {
  if (by === 'all') return 'all'
  if (by === 'principal') {
    const { principal } = call
    if (principal === undefined) {
      throw new ConfigError(
        'ERR_RATE_LIMIT_NO_PRINCIPAL',
        'rateLimit() counts by principal, but the call has none. Mount bearerAuth({ keys }) or hostIdentity(fn) ' +
          "of @sluice/auth as well, hand call() a principal, or say whom to count: by: 'all', or a function.",
      )
    }
    const { id, tenant } = principal
    return `principal:${tenant.length}:${tenant}:${id}`
  }
  const key: unknown = by(call)
  if (typeof key !== 'string' || key === '') {
    throw new ConfigError('ERR_RATE_LIMIT_KEY', 'rateLimit({ by }) has to return a non-empty string for every call.')
  }
  return `by:${key}`
}
