import { parseVendorJson } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'

const nested = (levels: number, inside = '1') => '['.repeat(levels) + inside + ']'.repeat(levels)

describe('parseVendorJson', () => {
  it('parses what JSON.parse parses', () => {
    for (const text of [
      '{"a":[1,"]}[{"]}',
      '"\\u2028"',
      'null',
      nested(512),
      `[${'[],'.repeat(5000)}[]]`,
    ]) {
      expect(parseVendorJson(text)).toEqual(JSON.parse(text))
    }
  })

  it.each([
    ['arrays', nested(513)],
    ['objects', '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)],
    ['both, behind much else', `{"x":[${'[],'.repeat(900)}${nested(600)}]}`],
    ['arrays that never end', '['.repeat(200_000)],
  ])('refuses %s inside each other beyond 512', (_name, text) => {
    expect(() => parseVendorJson(text)).toThrow(SyntaxError)
  })

  it('takes brackets in a string for text', () => {
    const text = JSON.stringify({ code: `${'{['.repeat(5000)}\\"${'{'.repeat(5000)}` })
    expect(parseVendorJson(text)).toEqual(JSON.parse(text))
  })
})
