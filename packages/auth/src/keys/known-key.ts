import { checkOptions, ConfigError, type Principal } from '@sluice/core'
import { apiKeyRules, type ApiKeyRecord } from './api-key-record.ts'
import { hashKey, toHexHash } from './hash-key.ts'

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

/** The fields by which a record says whose it is. */
const NAMING = ['id', 'tenant', 'hash', 'key']

/**
 * What a lookup found for a hash. Columns that are no fields of a record are passed over and `null`
 * is absent, so that a row of a database can be returned as it is. A row that names another key or
 * hash was found by a careless comparison, and is not that key. What names nobody is no row: a list
 * of rows, a result with rows in it, an object that was put together from a row that is not there.
 *
 * @throws ConfigError `ERR_AUTH_KEY` for what is no record, or a field of the wrong kind
 */
export function readLookupAnswer(row: unknown, hash: string): KnownKey | undefined {
  if (row === undefined || row === null) return undefined
  if (typeof row !== 'object' || Array.isArray(row)) throw notARecord()
  const record: Record<string, unknown> = {}
  for (const field of Object.keys(apiKeyRules)) {
    const value = (row as Readonly<Record<string, unknown>>)[field]
    if (value !== null && value !== undefined) record[field] = value
  }
  if (NAMING.every((field) => record[field] === undefined)) throw notARecord()
  checkOptions('lookup', 'ERR_AUTH_KEY', record, apiKeyRules)
  const known = record as ApiKeyRecord
  if (known.key !== undefined && hashKey(known.key) !== hash) return undefined
  if (known.hash !== undefined && toHexHash(known.hash) !== hash) return undefined
  return toKnownKey(known, hash)
}

function notARecord(): ConfigError {
  return new ConfigError(
    'ERR_AUTH_KEY',
    `The lookup of bearerAuth({ keys }) has to give one record with at least one of ${NAMING.join(', ')}, or undefined ` +
      'for a key that is not known. A query gives a list of rows or a result as a rule: return the row itself.',
  )
}
