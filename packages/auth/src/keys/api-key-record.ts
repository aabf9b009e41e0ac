import { option, type OptionRule, type Principal } from '@sluice/core'
import { toHexHash } from './hash-key.ts'

/**
 * What a host knows of one API key. Exactly one of `key` and `hash` in a list; a lookup's answer
 * needs neither.
 */
export interface ApiKeyRecord {
  /** The key in plain text, for lists that come from the environment. Only its hash is kept. */
  readonly key?: string | undefined
  /** SHA-256 of the key as hex or base64url; what `createKey` and `hashKey` give. */
  readonly hash?: string | undefined
  /** Names the key in limits and logs. @defaultValue the first 12 hex characters of the hash */
  readonly id?: string | undefined
  /** Whose key it is; caches and stored answers are kept apart by it. @defaultValue `id` */
  readonly tenant?: string | undefined
  /** Models that the key may use; `*` at the end stands for any rest. @defaultValue all */
  readonly models?: readonly string[] | undefined
  /** Limits that replace those of `rateLimit` for this key; 0 switches one off. */
  readonly limits?: Principal['limits']
  /** From this moment on the key is refused. A number is milliseconds since 1970. */
  readonly expiresAt?: Date | number | undefined
  readonly disabled?: boolean | undefined
  /** A name for people; never shown to a client. */
  readonly label?: string | undefined
}

const LIMITS = ['requestsPerMinute', 'tokensPerMinute', 'concurrency']

const isMoment = (value: unknown) =>
  Number.isFinite(value instanceof Date ? value.getTime() : value)
/**
 * No array, date, map or other object of a class; also one of another realm, as a test runner makes
 * them.
 */
const isPlainObject = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
const isLimits = (value: unknown) =>
  isPlainObject(value) &&
  Object.entries(value).every(
    ([name, limit]) =>
      LIMITS.includes(name) && (limit === undefined || option.count.accepts(limit)),
  )

/** What the fields of a record may be. */
export const apiKeyRules = {
  key: option.string,
  hash: {
    expected: 'a SHA-256 as 64 hex or 43 base64url characters',
    accepts: (value) => typeof value === 'string' && toHexHash(value) !== undefined,
  },
  id: option.string,
  tenant: option.string,
  models: {
    expected: 'an array of model names',
    accepts: (value) =>
      Array.isArray(value) && Array.from<unknown>(value).every((name) => typeof name === 'string'),
  },
  limits: { expected: `whole numbers for any of ${LIMITS.join(', ')}`, accepts: isLimits },
  expiresAt: { expected: 'a Date or milliseconds since 1970', accepts: isMoment },
  disabled: option.boolean,
  label: option.string,
} as const satisfies Record<keyof ApiKeyRecord, OptionRule>
