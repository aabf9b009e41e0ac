import { ConfigError, type Call } from '@sluice/core'
import { disown } from '@sluice/core/internal'

/**
 * Who shares answers where that is not the principal's tenant. `shared`: callers without a
 * principal are one tenant of their own. A function names the tenant of every call, principal or
 * not.
 */
export type TenantOption = 'shared' | ((call: Call) => string)

/**
 * Whose answers a call may see and add to.
 *
 * @throws ConfigError `ERR_CACHE_NO_TENANT` where a call has no principal and the option says
 * nothing, or names no tenant.
 */
export function tenantOf(call: Call, option: TenantOption | undefined): string {
  if (typeof option === 'function') return `named:${namedBy(option, call)}`
  if (call.principal !== undefined) return `tenant:${call.principal.tenant}`
  // The prefixes keep a tenant that happens to be called "shared" apart from the nameless.
  if (option === 'shared') return 'shared'
  throw new ConfigError(
    'ERR_CACHE_NO_TENANT',
    'cache() got a call without a principal, so it cannot tell whose answers it may give. Mount an authentication in front, such as bearerAuth(), ' +
      "or say who shares: cache({ tenant: 'shared' }) for one common cache, cache({ tenant: (call) => name }) for your own rule.",
  )
}

function namedBy(option: (call: Call) => string, call: Call): string {
  const name: unknown = option(call)
  if (typeof name === 'string' && name !== '') return name
  disown(name)
  throw new ConfigError(
    'ERR_CACHE_NO_TENANT',
    'cache({ tenant }) must return the name of the tenant, a non-empty string, for each call, at once.',
  )
}
