import { describe, expect, it } from 'vitest'
import { opaqueUserId } from '../../src/vendor-spec/opaque-user-id.ts'

describe('opaqueUserId', () => {
  it.each([
    'u1',
    'user_8f14e45f',
    'org:42|user:7',
    'auth0|5f7c8ec7c33c6c004bbafe82',
    '123e4567-e89b-12d3-a456-426614174000',
    'user_00000000-0000-0000-0000-000000000001',
    '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8',
    'a'.repeat(256),
  ])('keeps %s', (id) => {
    expect(opaqueUserId(id)).toBe(id)
  })

  it.each([
    'someone@example.com',
    'mailto:Some.One@sub.example.co.uk',
    'user someone@example.com!',
    '+1 415 555 0100',
    '4155550100',
    '(415) 555-0100',
    'tel:+14155550100',
    'phone_415-555-0100',
    '+49.30.901820',
    'Jane Doe',
    'Jürgen',
    '张伟',
    'u'.repeat(257),
    'u'.repeat(100_000),
    ' ',
  ])('hashes %s', (id) => {
    const hash = opaqueUserId(id)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(opaqueUserId(id)).toBe(hash)
    expect(opaqueUserId(hash)).toBe(hash)
  })

  it('gives different people different hashes', () => {
    const ids = ['a@example.com', 'b@example.com', '+14155550100', '+14155550101']
    expect(new Set(ids.map(opaqueUserId)).size).toBe(ids.length)
  })
})
