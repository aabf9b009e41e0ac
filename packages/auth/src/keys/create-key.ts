import { randomBytes } from 'node:crypto'
import { checkOptions, type OptionRule } from '@sluice/core'
import { apiKeyRules, type ApiKeyRecord } from './api-key-record.ts'
import { hashKey } from './hash-key.ts'
import { checksumOf } from './key-checksum.ts'

/** What a new key begins with, and what its record says beside the hash. */
export interface CreateKeyOptions extends Omit<ApiKeyRecord, 'key' | 'hash'> {
  /** Letters, digits, `-` and `_`. @defaultValue `sk-` */
  readonly prefix?: string | undefined
}

/** A new key: `key` is for its owner and shown once, `record` is for the host's database. */
export interface CreatedKey {
  readonly key: string
  readonly record: ApiKeyRecord & {
    readonly hash: string
    readonly id: string
    readonly label: string
  }
}

const { key: _key, hash: _hash, ...recordRules } = apiKeyRules
const RULES: Readonly<Record<string, OptionRule>> = {
  prefix: {
    expected: 'letters, digits, - and _, at most 64',
    accepts: (value) => typeof value === 'string' && /^[\w-]{0,64}$/.test(value),
  },
  ...recordRules,
}

/**
 * Makes an API key: the prefix, 192 random bits in hex, and a checksum by which `bearerAuth({
 * checksumPrefix })` refuses a mistyped key without asking anyone. The record does not hold the
 * key; its label, unless given, shows the prefix and the last four characters.
 *
 * @throws ConfigError `ERR_AUTH_OPTIONS`
 * @example const { key, record } = createKey({ prefix: 'sk-acme-', tenant: 'acme', models: ['gpt-*'] })
 */
export function createKey(options: CreateKeyOptions = {}): CreatedKey {
  checkOptions('createKey', 'ERR_AUTH_OPTIONS', options, RULES)
  const { prefix = 'sk-', ...rest } = options
  const body = prefix + randomBytes(24).toString('hex')
  const key = body + checksumOf(body)
  const hash = hashKey(key)
  const { id = hash.slice(0, 12), label = `${prefix}…${key.slice(-4)}` } = rest
  return { key, record: { ...rest, hash, id, label } }
}
