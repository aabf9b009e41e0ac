import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringClose } from '../../src/bytes/json-string.ts'

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** What has to be looked at, between what need not be. */
const piece = fc.oneof(
  fc.constantFrom(
    '"',
    '\\"',
    '\\\\',
    '\\n',
    '\\u0007',
    '\\u00e9',
    '\\/',
    '\n',
    '\u001f',
    '\u007f',
    'é',
    '語',
    '😀',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
)
const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))

test('finds the same end whether bytes are looked at one by one or four at a time', () => {
  fc.assert(
    fc.property(text, fc.nat(8), (content, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before, 0x22), Buffer.from(content)])
      for (let at = before; at < bytes.length; at++) {
        expect(stringClose(bytes, at, viewOf(bytes))).toBe(stringClose(bytes, at))
      }
    }),
    { numRuns: 2000 },
  )
})

test('finds the same end in bytes that are no UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(stringClose(bytes, 0, viewOf(bytes))).toBe(stringClose(bytes, 0))
    }),
    { numRuns: 5000 },
  )
})

test('stops at every byte that may not stand in a string, wherever in four it is', () => {
  for (let byte = 0; byte < 256; byte++) {
    for (let place = 0; place < 9; place++) {
      const bytes = Buffer.from('xxxxxxxxxx"x')
      bytes[place] = byte
      const expected =
        byte === 0x22 ? place : byte >= 0x20 && byte < 0x80 && byte !== 0x5c ? 10 : -1
      expect(stringClose(bytes, 0, viewOf(bytes)), `${byte} at ${place}`).toBe(expected)
    }
  }
})

test('a string ends where JSON would read and write it the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (content) => {
      const bytes = Buffer.from(`${JSON.stringify(content)}, "more"`)
      expect(stringClose(bytes, 1, viewOf(bytes))).toBe(
        Buffer.byteLength(JSON.stringify(content)) - 1,
      )
    }),
  )
})
