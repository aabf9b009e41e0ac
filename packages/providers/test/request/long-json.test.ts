import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FileInJson } from '../../src/vendor-spec/file-in-json.ts'
import { stringifyLong } from '../../src/request/long-json.ts'

const long = 'QUJD'.repeat(20_000)

describe('stringifyLong', () => {
  it.each<[string, unknown]>([
    ['one long string', long],
    [
      'long strings in places of all kinds',
      { a: [long, { b: `${long}=`, c: 1 }], d: 'x', e: long, f: null },
    ],
    [
      'one that has to be escaped',
      { a: `${long}"`, b: `${long}\\`, c: `${long}\n`, d: `${long}é`, e: `${long}\ud800` },
    ],
    [
      'what JSON does not know',
      { a: undefined, b: [undefined, long], c: () => 1, d: Number.NaN, e: new Date(0) },
    ],
    ['names that mean something', JSON.parse(`{"__proto__":{"constructor":"${long}"}}`)],
    ['nothing long', { a: ['b'] }],
  ])('writes %s as the serialiser does', (_name, value) => {
    expect(stringifyLong(value)).toBe(JSON.stringify(value))
  })

  it('writes anything as the serialiser does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyLong([value, long, value])).toBe(JSON.stringify([value, long, value]))
      }),
    )
  })

  it('leaves the marks of files alone', () => {
    const file = new FileInJson({ filename: 'a', contentType: 'b', size: 0 } as never)
    expect(stringifyLong({ file, long })).toBe(JSON.stringify({ file: file.mark, long }))
  })
})
