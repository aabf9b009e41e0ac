import { call, ConfigError, type Principal } from '@sluice/core'
import { expect, test } from 'vitest'
import { bucketKey, type LimitBy } from '../src/bucket-key.ts'

const by = (by: LimitBy, principal?: Principal) =>
  bucketKey(by, call('models.list', {}, { principal }))

test('keeps equal ids of two tenants apart, and tenants and ids that join to the same text', () => {
  const keys = [
    { tenant: 'alpha', id: '1' },
    { tenant: 'beta', id: '1' },
    { tenant: 'a', id: 'b:c' },
    { tenant: 'a:b', id: 'c' },
    { tenant: 'a:1', id: 'b' },
  ].map((principal) => by('principal', principal))
  expect(new Set(keys).size).toBe(keys.length)
})

test('knows a principal again', () => {
  expect(by('principal', { tenant: 'alpha', id: '1' })).toBe(
    by('principal', { tenant: 'alpha', id: '1', models: [] }),
  )
})

test('keeps the kinds of keys apart', () => {
  const principal = { tenant: '', id: '' }
  expect(
    new Set([
      by('all', principal),
      by('principal', principal),
      by(() => 'all'),
      by(() => 'principal:0::'),
    ]).size,
  ).toBe(4)
})

test.each([undefined, '', 7, null])('refuses a function that names nobody: %s', (name) => {
  expect(() => by(() => name as string)).toThrow(ConfigError)
})

test('remembers the key of a principal that cannot change, and of no other', () => {
  const remembered = new WeakMap()
  const frozen = Object.freeze({ id: 'a', tenant: 'alpha' })
  const mutable = { id: 'a', tenant: 'alpha' }
  for (const principal of [frozen, mutable]) {
    const asked = call('chat.completions', { model: 'm', messages: [] }, { principal })
    expect(bucketKey('principal', asked, remembered)).toBe(bucketKey('principal', asked))
    expect(bucketKey('principal', asked, remembered)).toBe(bucketKey('principal', asked))
  }
  expect(remembered.has(frozen)).toBe(true)
  const asked = call('chat.completions', { model: 'm', messages: [] }, { principal: mutable })
  mutable.tenant = 'beta'
  expect(bucketKey('principal', asked, remembered)).toContain('beta')
})
