import { ConfigError } from '@sluice/core'
import { expect, test } from 'vitest'
import { createKey, type CreateKeyOptions } from '../../src/keys/create-key.ts'
import { hashKey } from '../../src/keys/hash-key.ts'
import { endsInChecksum } from '../../src/keys/key-checksum.ts'
import { isBearer } from '../../src/keys/read-bearer.ts'

test('makes a key that can be sent, and a record that does not hold it', () => {
  const { key, record } = createKey()
  expect(key).toMatch(/^sk-[0-9a-f]{56}$/)
  expect(isBearer(key)).toBe(true)
  expect(record.hash).toBe(hashKey(key))
  expect(record.id).toBe(record.hash.slice(0, 12))
  expect(record.label).toBe(`sk-…${key.slice(-4)}`)
  expect(JSON.stringify(record)).not.toContain(key.slice(3, -4))
})

test('keeps what it is told in the record', () => {
  const expiresAt = new Date(0)
  const { key, record } = createKey({
    prefix: 'sk-acme-',
    id: 'ci',
    tenant: 'acme',
    models: ['gpt-*'],
    label: 'CI',
    expiresAt,
  })
  expect(key).toMatch(/^sk-acme-/)
  expect(record).toEqual({
    id: 'ci',
    tenant: 'acme',
    models: ['gpt-*'],
    label: 'CI',
    expiresAt,
    hash: hashKey(key),
  })
})

test('never makes the same key twice', () => {
  expect(new Set(Array.from({ length: 1000 }, () => createKey().key)).size).toBe(1000)
})

test('makes keys whose checksum finds every mistyped character', () => {
  const { key } = createKey({ prefix: 'sk-acme-' })
  expect(endsInChecksum(key)).toBe(true)
  for (let at = 0; at < key.length; at++) {
    expect(
      endsInChecksum(`${key.slice(0, at)}${key[at] === '0' ? '1' : '0'}${key.slice(at + 1)}`),
    ).toBe(false)
  }
  expect(endsInChecksum(key.slice(0, -1))).toBe(false)
  expect(endsInChecksum('')).toBe(false)
})

test.each([
  { prefix: 'sk acme' },
  { prefix: 'x'.repeat(65) },
  { models: 'gpt-5' },
  { key: 'sk-mine' },
  { expires: 1 },
])('refuses %j', (options) => {
  expect(() => createKey(options as CreateKeyOptions)).toThrow(ConfigError)
})
