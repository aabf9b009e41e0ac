import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlainJson } from '../../../src/operators/redaction/plain-json.ts'
import { cut } from '../../answers.ts'

const plain = (pieces: readonly string[]) => {
  const json = new PlainJson()
  return pieces.map((piece) => json.push(piece)).join('') + json.end()
}

describe('PlainJson', () => {
  it.each([
    [String.raw`"\u0034\u0031"`, '"41"'],
    [String.raw`"a\/b"`, '"a/b"'],
    [String.raw`"\u5F20"`, '"张"'],
    [String.raw`"\n\"\\ \u000a\u0022\u005c"`, String.raw`"\n\"\\ \u000a\u0022\u005c"`],
    [String.raw`"\ud83d\ude00"`, String.raw`"\ud83d\ude00"`],
    [String.raw`"\\u0034"`, String.raw`"\\u0034"`],
    [String.raw`"\\\u0034"`, String.raw`"\\4"`],
    [String.raw`"\u00`, String.raw`"\u00`],
  ])('makes %s into %s', (text, expected) => {
    expect(plain([text])).toBe(expected)
  })

  it('means the same, however the text is cut', () => {
    const piece = fc.constantFrom(
      '\\\\',
      '\\/',
      '\\n',
      '\\"',
      '\\u0034',
      '\\u0022',
      '\\ud83d\\ude00',
      'a',
      '/',
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat()), (pieces, offsets) => {
        const text = `"${pieces.join('')}"`
        const out = plain(cut(text, offsets))
        expect(JSON.parse(out)).toBe(JSON.parse(text))
        expect(out).toBe(plain([text]))
      }),
    )
  })
})
