import { ConfigError, option, type Principal } from '@sluice/core'
import { apiKeyRules } from './keys/api-key-record.ts'

/**
 * The principal that a host has named; `undefined` for nobody. It is the host's own object, as it
 * was given.
 *
 * @throws ConfigError `ERR_AUTH_PRINCIPAL` for everything that is no principal
 */
export function readPrincipal(value: unknown): Principal | undefined {
  if (value === undefined || value === null) return undefined
  if (isPrincipal(value)) return value
  throw new ConfigError(
    'ERR_AUTH_PRINCIPAL',
    'A principal is an object with id and tenant, both non-empty strings; models, if any, is an array of names, and ' +
      'limits has whole numbers. Give undefined for nobody.',
  )
}

function isPrincipal(value: unknown): value is Principal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { id, tenant, models, limits } = value as Partial<Record<keyof Principal, unknown>>
  return (
    option.string.accepts(id) &&
    option.string.accepts(tenant) &&
    (models === undefined || apiKeyRules.models.accepts(models)) &&
    (limits === undefined || apiKeyRules.limits.accepts(limits))
  )
}
