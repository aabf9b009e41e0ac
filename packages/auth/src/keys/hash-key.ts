import { hash } from 'node:crypto'

/**
 * SHA-256 of an API key as 64 lower-case hex characters: what to store in place of the key, and
 * what a lookup is asked for. A plain hash is right here and wrong for passwords: keys are long and
 * random, so there is nothing to guess.
 */
export function hashKey(key: string): string {
  return hash('sha256', key)
}

/** A SHA-256 in hex or base64url as lower-case hex; `undefined` for anything else. */
export function toHexHash(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  if (/^[\w-]{43}$/.test(text)) return Buffer.from(text, 'base64url').toString('hex')
  return undefined
}
