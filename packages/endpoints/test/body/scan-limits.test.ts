import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkParsed } from '../../src/body/parse-json.ts'
import { scanLimits } from '../../src/body/scan-limits.ts'

const list = (count: number, item: string) =>
  `[${Array.from({ length: count }, () => item).join(',')}]`
const object = (count: number) =>
  `{${Array.from({ length: count }, (_, at) => `"k${at}":[]`).join(',')}}`

/** What is said of a body: the message and the field, or nothing. */
function refusalOf(check: () => void): unknown {
  try {
    check()
  } catch (error) {
    const { message, param } = error as { message: string; param: string | null }
    return { message, param }
  }
}

/** The same body before and after parsing. */
const both = (json: string) => [
  refusalOf(() => scanLimits(Buffer.from(json))),
  refusalOf(() => void checkParsed(JSON.parse(json), Infinity)),
]

describe('scanLimits', () => {
  it.each([
    ['64 levels', `{"a":${'['.repeat(63)}${']'.repeat(63)}}`],
    ['1,024 members', `{"a":${object(1024)}}`],
    ['50,000 values', `{"a":${list(49_999, '"x"')}}`],
    ['300,000 numbers', `{"a":${list(300_000, '1')}}`],
    ['brackets inside strings', `{"a":"${'[{'.repeat(1000)}","b":"\\"${'{'.repeat(100)}"}`],
  ])('lets %s pass', (_name, json) => {
    expect(both(json)).toEqual([undefined, undefined])
  })

  it.each([
    ['65 levels', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 'a'],
    ['1,025 members', `{"a":[{},{"b":${object(1025)}}]}`, 'a[1].b'],
    ['50,001 values', `{"a":[1],"b":${list(50_000, '"x"')}}`, 'b'],
    ['300,001 numbers', `{"a":{"b":${list(300_001, '-1.5e3')}}}`, 'a.b'],
  ])('refuses %s at its place, as is done after parsing', (_name, json, param) => {
    const [before, after] = both(json)
    expect(before).toMatchObject({ param })
    expect(before).toEqual(after)
  })

  it('finds nothing wrong with any small JSON, however it is indented', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8 }),
        fc.integer({ min: 0, max: 2 }),
        (value, indent) => {
          scanLimits(Buffer.from(JSON.stringify({ value }, null, indent)))
        },
      ),
    )
  })

  it('comes to an end with any bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', ' ', 'a', '1'), {
          maxLength: 300,
        }),
        (text) => {
          refusalOf(() => scanLimits(Buffer.from(text.join(''))))
        },
      ),
    )
  })
})
