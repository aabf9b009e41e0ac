import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PatternReader } from '../../../src/operators/redaction/pattern-reader.ts'

describe('PatternReader', () => {
  it.each<[RegExp, { length: number; reach?: number; behind?: number }]>([
    [/abc/, { length: 3 }],
    [/a|bcd|ef/, { length: 3 }],
    [/\d{16}/, { length: 16 }],
    [/\d{4}(?:[ -]?\d{4}){3}/, { length: 19 }],
    [/a?b{2,5}c{0}/, { length: 6 }],
    [/x+/, { length: Infinity }],
    [/x*y/, { length: Infinity }],
    [/x{2,}/, { length: Infinity }],
    [/(?:a+){0}b/, { length: 1 }],
    [/\bcard\b/, { length: 4, reach: 5, behind: 1 }],
    [/^a$/m, { length: 1, reach: 2, behind: 1 }],
    [/(?<!\d)\d{3}(?!\d)/, { length: 3, reach: 4, behind: 1 }],
    [/a(?=.{9}z)b/, { length: 2, reach: 11 }],
    [/(?<=id: {1,4})\w{8}/, { length: 8, behind: 7 }],
    [/(?=.*z)a/, { length: 1, reach: Infinity }],
    [/(?<=a*)b/, { length: 1, reach: Infinity, behind: Infinity }],
    [/(ab)\1/, { length: 4 }],
    [/(?<q>['"]).{0,3}\k<q>/, { length: 5 }],
    [/\x41\u0042\cA\0\n\/\./, { length: 7 }],
    [/[\]\\[a-z]{3}/, { length: 3 }],
    [/[[a-z]--[aeiou]]{2}/v, { length: 4 }],
    [/[\q{abc|d}]/v, { length: Infinity }],
    [/\p{RGI_Emoji}/v, { length: Infinity }],
    [/./u, { length: 2 }],
    [/\p{L}\u{1F600}/u, { length: 4 }],
    [/\ud83d\ude00/u, { length: 2 }],
    [/(?i:ab)c/, { length: 3 }],
    [/a{,3}/, { length: 5 }],
  ])('knows how far %s can reach', (pattern, { length, reach = length, behind = 0 }) => {
    expect(new PatternReader(pattern).read()).toMatchObject({ length, reach, behind })
  })

  it.each<[RegExp, string, string[], string[]]>([
    [/\d{16}/, '4111', ['', '4', '41', '4111'], ['4 1', 'x', '41x']],
    [/ab|cde/, 'the beginnings of both', ['a', 'c', 'cd'], ['b', 'ac', 'ce']],
    [/a(?:bc){2}d/, 'a group', ['a', 'ab', 'abc', 'abcb', 'abcbc'], ['abd', 'abcd']],
    [/\bfoo\b/, 'words, whatever stands around them', ['f', 'fo', 'foo'], ['of', 'fx']],
    [/(['"])x\1/, 'quotes', ["'", "'x", '"x'], ['x', "'y"]],
    [/\u{1F600}!/u, 'a surrogate pair', ['😀'], ['!']],
    [/\ud83d\ude00!/u, 'a pair written as two halves', ['😀'], ['!']],
  ])('writes an expression for %s that also finds %s', (pattern, _what, beginnings, others) => {
    const { partial } = new PatternReader(pattern).read()
    const whole = new RegExp(`^(?:${partial})$`, pattern.flags)
    for (const text of beginnings) expect(whole.test(text), text).toBe(true)
    for (const text of others) expect(whole.test(text), text).toBe(false)
  })

  it('finds the beginning of whatever a pattern can match', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '[ab]',
      '\\w',
      '.',
      '(?:ab|c)',
      '(a|b)',
      'c?',
      'a{2}',
      'b{1,3}',
      '\\b',
      '(?!c)',
      '(?<=a)',
    )
    const source = fc.array(
      fc.array(atom, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join('')),
      { minLength: 1, maxLength: 3 },
    )
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 12 })
    fc.assert(
      fc.property(source, text, fc.nat(), (alternatives, whole, end) => {
        const pattern = new RegExp(alternatives.join('|'))
        const { length, partial } = new PatternReader(pattern).read()
        const match = pattern.exec(whole)
        if (match === null) return
        expect(match[0].length).toBeLessThanOrEqual(length)
        const seen = whole.slice(0, match.index + (end % (match[0].length + 1)))
        const found = new RegExp(partial, 'g').exec(seen)
        expect(found).not.toBeNull()
        expect(found!.index).toBeLessThanOrEqual(match.index)
      }),
      { numRuns: 1000 },
    )
  })
})
