import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/body/parse-json.ts'

const filler = (length: number) =>
  'The quick brown fox. '.repeat(Math.ceil(length / 21)).slice(0, length)
const parsed = (json: string) => parseJson(Buffer.from(json)).params
const outcome = (parse: () => unknown) => {
  try {
    return { value: parse() }
  } catch {
    return 'refused'
  }
}

/** Long enough to be scanned, whatever else is in it. */
const PAD = filler(70_000)

describe('parseJson with long strings', () => {
  it('gives what the parser gives, whatever stands in the strings and where they stand', () => {
    const special = fc.constantFrom(
      '',
      '\\n',
      '\\"',
      '\\\\',
      'é',
      '日本',
      '😀',
      '\\u0041',
      '{"a":1}',
      '\\ud800',
      '\n',
      '\t',
      '\u001f',
      '\u007f',
    )
    const long = fc
      .tuple(fc.integer({ min: 8000, max: 9000 }), fc.nat(9000), special)
      .map(
        ([length, at, text]) =>
          `"${filler(Math.min(at, length))}${text}${filler(length - Math.min(at, length))}"`,
      )
    const short = fc.constantFrom('"a"', '""', '1', 'null', 'true', '"\\u0000"')
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        long,
        short,
        fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(fc.constantFrom('"a"', '"b"', '"__proto__"', '"c d"'), tie('value')), {
            maxLength: 4,
          })
          .map(
            (members) => `{${members.map(([name, of]) => `${name} : ${String(of)}`).join(' , ')}}`,
          ),
      ),
    })).value
    fc.assert(
      fc.property(value, (json) => {
        const text = `{"pad":"${PAD}","value":${json}}`
        // __proto__ is taken out; a parsed value without it is what is compared.
        const expected = outcome(() =>
          JSON.parse(text, (key, one: unknown) => (key === '__proto__' ? undefined : one)),
        )
        expect(outcome(() => parsed(text))).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('takes a long string for a value alone, not for a name', () => {
    const name = filler(9000)
    expect(() => parsed(`{"pad":"${PAD}","${name}":1}`)).toThrow(/name is longer/)
  })

  it('keeps the bytes, which say the same', () => {
    const bytes = Buffer.from(`{"pad":"${PAD}","of":["${PAD}","é${PAD}"]}`)
    const body = parseJson(bytes)
    expect(body.bytes).toBe(bytes)
    expect(body.params).toEqual({ pad: PAD, of: [PAD, `é${PAD}`] })
  })

  it('says of broken JSON what the parser says', () => {
    expect(() => parsed(`{"pad":"${PAD}","of":[1,}`)).toThrow(/not valid JSON/)
    expect(() => parsed(`{"pad":"${PAD}\n"}`)).toThrow(/not valid JSON/)
    expect(() => parsed(`{"pad":"${PAD}`)).toThrow(/not valid JSON/)
  })

  it('puts strings of several pieces together, whatever characters stand where one ends', () => {
    for (const character of ['a', 'é', '日', '😀']) {
      for (let shift = 0; shift < 4; shift++) {
        const text = 'x'.repeat(shift) + character.repeat(70_000)
        expect(parsed(`{"text":"${text}"}`)['text']).toBe(text)
      }
    }
  })
})
