import { expect, test } from 'vitest'
import { isBearer, readBearer } from '../../src/keys/read-bearer.ts'

test.each([
  ['Bearer sk-1', 'sk-1'],
  ['bearer sk-1', 'sk-1'],
  ['BEARER sk-1', 'sk-1'],
  ['Bearer a.b_c~d+e/f==', 'a.b_c~d+e/f=='],
  [`Bearer ${'x'.repeat(4096)}`, 'x'.repeat(4096)],
])('reads the credential of %j', (header, bearer) => {
  expect(readBearer(header)).toBe(bearer)
})

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer  sk-1',
  'Bearer\tsk-1',
  'Bearer sk-1 sk-2',
  'Bearer sk-1, Bearer sk-2',
  'Bearer sk-1\u0000',
  'Bearer sk-\r\n1',
  'Bearer sk-1\u007f',
  'Bearer sk-\u00e9',
  'Bearer sk-好',
  'Basic c2s6MQ==',
  'Bearersk-1',
  'sk-1',
  `Bearer ${'x'.repeat(4097)}`,
  `Bearer ${'x'.repeat(1_000_000)}`,
])('reads no credential from %j', (header) => {
  expect(readBearer(header)).toBeUndefined()
})

test('tells what can be a credential from what cannot', () => {
  expect(isBearer('sk-1')).toBe(true)
  expect(isBearer('')).toBe(false)
  expect(isBearer('sk 1')).toBe(false)
  expect(isBearer('x'.repeat(4097))).toBe(false)
})
