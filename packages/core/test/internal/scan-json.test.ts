import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findString, scanMembers, skipString, skipValue } from '@sluice/core/internal'

const bytes = (text: string) => new TextEncoder().encode(text)
const slice = (json: Uint8Array, start: number, end: number) =>
  new TextDecoder().decode(json.subarray(start, end))

const members = (text: string): [string, string][] => {
  const json = bytes(text)
  const found: [string, string][] = []
  scanMembers(json, 0, (a, b, c, d) => found.push([slice(json, a, b), slice(json, c, d)]))
  return found
}

describe('scanMembers', () => {
  it('finds keys and values as they stand', () => {
    expect(members(' { "a" : 1 , "b\\"c":[1,{"x":"}"}], "d":"x\\\\" }\n')).toEqual([
      ['a', '1'],
      ['b\\"c', '[1,{"x":"}"}]'],
      ['d', '"x\\\\"'],
    ])
    expect(members('{}')).toEqual([])
  })

  it('agrees with JSON.parse on any object, however it is indented', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.integer({ min: 0, max: 3 }),
        (object, indent) => {
          const found = members(JSON.stringify(object, null, indent))
          const rebuilt = Object.fromEntries(
            found.map(([key, value]) => [JSON.parse(`"${key}"`), JSON.parse(value)]),
          )
          expect(rebuilt).toEqual(JSON.parse(JSON.stringify(object)))
        },
      ),
    )
  })

  it('ends behind the closing brace', () => {
    const json = bytes('{"a":{"b":2}} trailing')
    expect(scanMembers(json, 0, () => {})).toBe(13)
    expect(skipValue(json, 5)).toBe(12)
  })
})

describe('skipString', () => {
  it('ends behind the closing quote, however long the string and wherever its escapes stand', () => {
    const run = fc.record({
      of: fc.constantFrom('"', '\\', 'a', '好', '\n', '\\"'),
      times: fc.integer({ min: 1, max: 400 }),
    })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), (runs) => {
        const json = JSON.stringify(runs.map(({ of, times }) => of.repeat(times)).join(''))
        expect(skipString(bytes(`${json},"next"`), 0)).toBe(bytes(json).length)
      }),
    )
  })

  it.each(['"', '"abc', '"abc\\"', `"${'a'.repeat(500)}`, `"${'a'.repeat(500)}\\"`])(
    'ends with the text that never closes it: %s',
    (text) => {
      expect(skipString(bytes(text), 0)).toBe(text.length)
    },
  )
})

describe('findString', () => {
  it('gives the raw content of the string at a path', () => {
    const json = bytes('{"choices":[{"index":0,"delta":{"content":"a\\n\\"b"}}],"x":1}')
    const found = findString(json, ['choices', 0, 'delta', 'content'])!
    expect(slice(json, found.start, found.end)).toBe('a\\n\\"b')
  })

  it.each([
    [['choices', 1, 'delta']],
    [['nothing']],
    [['x']],
    [['choices', 0, 'index']],
    [['choices', 'length']],
  ])('gives nothing where no string stands: %j', (path) => {
    expect(findString(bytes('{"choices":[{"index":0}],"x":1}'), path)).toBeUndefined()
  })
})
