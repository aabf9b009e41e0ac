import { idempotencyKey, withIdempotencyPart } from '@sluice/core/internal'
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
    expect(withIdempotencyPart(headers, 'inputs', 0)).toBe(headers)
    const [one, two, again] = [1, 2, 1].map((place) => keyOf('order-1', 'inputs', place))
    expect(one).toMatch(/^[\w-]{43}$/)
    expect([one !== two, again]).toEqual([true, one])
  })

  it('is never that of another request', () => {
    const long = 'x'.repeat(250)
    const keys = [
      'order-1-1',
      keyOf('order-1', 'inputs', 1),
      keyOf('order-1', 'choices', 1),
      keyOf('order-1', 'target', 1),
      keyOf('order-1-1', 'inputs', 1),
      keyOf(keyOf('order-1', 'target', 'a/m')!, 'inputs', 1),
      keyOf(`${long}a`, 'inputs', 1),
      keyOf(`${long}b`, 'inputs', 1),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })
})

function keyOf(
  key: string,
  kind: 'target' | 'choices' | 'inputs',
  place: number | string,
): string | undefined {
  return idempotencyKey(withIdempotencyPart({ 'idempotency-key': key }, kind, place))
}
