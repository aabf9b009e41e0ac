import { checkOptions, type Principal } from '@sluice/core'
import { apiKeyRules, type ApiKeyRecord } from './api-key-record.ts'
import { toHexHash } from './hash-key.ts'

/** A record made ready for the request path. */
export interface KnownKey {
  readonly principal: Principal
  /** Milliseconds since 1970; `Infinity` for a key that stays. */
  readonly expiresAtMs: number
  readonly disabled: boolean
}

/** The caller that a key's record speaks of. `hash` is the key's own, in hex. */
export function toKnownKey(record: ApiKeyRecord, hash: string): KnownKey {
  const id = record.id ?? hash.slice(0, 12)
  const { models, limits, expiresAt } = record
  const principal: Principal = {
    id,
    tenant: record.tenant ?? id,
    models: models === undefined ? undefined : Object.freeze([...models]),
    limits: limits === undefined ? undefined : Object.freeze({ ...limits }),
  }
  return {
    principal: Object.freeze(principal),
    expiresAtMs: expiresAt === undefined ? Infinity : Number(expiresAt),
    disabled: record.disabled ?? false,
  }
}

/**
 * What a lookup found for a hash. Columns that are no fields of a record are passed over and `null` is absent, so that
 * a row of a database can be returned as it is. A row that names another hash was found by a careless comparison, and
 * is not that key.
 *
 * @throws ConfigError `ERR_AUTH_KEY` for a field of the wrong kind
 */
export function readLookupAnswer(row: unknown, hash: string): KnownKey | undefined {
  if (row === undefined || row === null) return undefined
  const record: Record<string, unknown> = {}
  for (const field of Object.keys(apiKeyRules)) {
    const value = (row as Readonly<Record<string, unknown>>)[field]
    if (value !== null && value !== undefined) record[field] = value
  }
  checkOptions('lookup', 'ERR_AUTH_KEY', record, apiKeyRules)
  const known = record as ApiKeyRecord
  if (known.hash !== undefined && toHexHash(known.hash) !== hash) return undefined
  return toKnownKey(known, hash)
}
