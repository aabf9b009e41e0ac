import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashKey, toHexHash } from '../../src/keys/hash-key.ts'

const HASH = createHash('sha256').update('sk-alpha').digest()

test('hashes a key as SHA-256 in hex', () => {
  expect(hashKey('sk-alpha')).toBe(HASH.toString('hex'))
})

test.each([
  ['hex', HASH.toString('hex')],
  ['upper-case hex', HASH.toString('hex').toUpperCase()],
  ['base64url', HASH.toString('base64url')],
])('understands a hash written as %s', (_form, text) => {
  expect(toHexHash(text)).toBe(HASH.toString('hex'))
})

test.each([
  '',
  'sk-alpha',
  HASH.toString('hex').slice(1),
  `${HASH.toString('hex')}0`,
  HASH.toString('base64'),
])('does not take %j for a hash', (text) => {
  expect(toHexHash(text)).toBeUndefined()
})
