import { idempotencyKey, withIdempotencyPart } from '@sluice/core'
import { describe, expect, it } from 'vitest'

describe('idempotencyKey', () => {
  it.each([
    ['of the client', { 'idempotency-key': 'order-1' }, 'order-1'],
    ['that is not there', {}, undefined],
    ['that came twice', { 'idempotency-key': ['a', 'b'] }, undefined],
    ['that is empty', { 'idempotency-key': '' }, undefined],
    ['that could end a header', { 'idempotency-key': 'a\r\nb: c' }, undefined],
    ['of more than 255 characters', { 'idempotency-key': 'x'.repeat(256) }, undefined],
  ])('gives the key %s', (_name, headers, key) => {
    expect(idempotencyKey(headers)).toBe(key)
  })

  it('is another one for each further part, and the same at each repeat', () => {
    const headers = { 'idempotency-key': 'order-1', other: 'x' }
    expect(withIdempotencyPart(headers, 0)).toBe(headers)
    const keys = [1, 2, 1].map((part) => idempotencyKey(withIdempotencyPart(headers, part)))
    expect(keys).toEqual(['order-1-1', 'order-1-2', 'order-1-1'])
    expect(idempotencyKey(withIdempotencyPart({ 'idempotency-key': 'x'.repeat(255) }, 7))).toMatch(/^x+-7$/)
  })
})
