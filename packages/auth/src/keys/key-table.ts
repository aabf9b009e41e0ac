import { checkOptions, ConfigError } from '@sluice/core'
import { apiKeyRules, type ApiKeyRecord } from './api-key-record.ts'
import { hashKey, toHexHash } from './hash-key.ts'
import { toKnownKey, type KnownKey } from './known-key.ts'
import { isBearer } from './read-bearer.ts'

/**
 * A list of keys as a table from hash to caller. The list is read once and the keys in it are
 * forgotten.
 *
 * @throws ConfigError `ERR_AUTH_KEY` for an entry that no request could ever match, or an empty
 * list; `ERR_AUTH_DUPLICATE_KEY`
 */
export function keyTable(keys: readonly (string | ApiKeyRecord)[]): ReadonlyMap<string, KnownKey> {
  if (keys.length === 0) {
    throw new ConfigError(
      'ERR_AUTH_KEY',
      'bearerAuth({ keys }) is empty, so every request would be refused. Give a key, or a lookup function.',
    )
  }
  const table = new Map<string, KnownKey>()
  for (const [index, entry] of keys.entries()) {
    const where = `bearerAuth keys[${index}]`
    // Untyped hosts give a variable of the environment, whatever it holds.
    if ((entry as unknown) === undefined || entry === '') {
      const given = entry === '' ? 'an empty string' : 'undefined'
      throw new ConfigError(
        'ERR_AUTH_KEY',
        `${where} is ${given}. Is the environment variable set?`,
      )
    }
    const record = typeof entry === 'string' ? { key: entry } : entry
    checkOptions(where, 'ERR_AUTH_KEY', record, apiKeyRules)
    const hash = hashOf(record, where)
    if (table.has(hash)) {
      throw new ConfigError(
        'ERR_AUTH_DUPLICATE_KEY',
        `${where} is a key that stands in the list before. Give each key once.`,
      )
    }
    table.set(hash, toKnownKey(record, hash))
  }
  return table
}

function hashOf(record: ApiKeyRecord, where: string): string {
  const { key, hash } = record
  if ((key === undefined) === (hash === undefined)) {
    throw new ConfigError(
      'ERR_AUTH_KEY',
      `${where} needs either key or hash. createKey() makes both.`,
    )
  }
  if (key === undefined) return toHexHash(hash!)!
  if (!isBearer(key)) {
    throw new ConfigError(
      'ERR_AUTH_KEY',
      `${where} can never be sent as a bearer key, which is at most 4096 characters of ASCII without spaces. ` +
        'Is it trimmed?',
    )
  }
  return hashKey(key)
}
