import { ConfigError } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boundedPatterns,
  type PatternsInput,
} from '../../../src/operators/redaction/bounded-pattern.ts'
import { PatternScanner } from '../../../src/operators/redaction/pattern-scanner.ts'
import { cut } from '../../answers.ts'

/**
 * What a scanner makes of a text that comes in these pieces: matches in brackets, with the name of
 * their pattern.
 */
function scan(patterns: PatternsInput, pieces: readonly string[]): string[] {
  const scanner = new PatternScanner(boundedPatterns(patterns, 64), {
    plain: (text) => text,
    matched: (text, { name }) => `<${name === 'redacted' ? '' : `${name}:`}${text}>`,
  })
  return [...pieces.map((piece) => scanner.push(piece)), scanner.end()]
}

describe('PatternScanner', () => {
  it.each<[string, string[], string[]]>([
    [
      'lets go at once what cannot be the beginning of a match',
      ['hello ', 'there'],
      ['hello ', 'there', ''],
    ],
    ['holds back what can', ['a 12', '34 b'], ['a ', '<1234> b', '']],
    ['lets it go when it is none', ['a 12', 'x'], ['a ', '12x', '']],
    ['lets it go when the text ends', ['a 12'], ['a ', '12']],
  ])('%s', (_what, pieces, expected) => {
    expect(scan(/\d{4}/, pieces)).toEqual(expected)
  })

  it('holds back no more than the pattern can reach', () => {
    const pieces = Array.from({ length: 100 }, () => 'aaaaaaaaa ')
    const scanned = scan(/[a-z]{1,20}@/, ['a'.repeat(1000)])
    expect(scanned[0]!.length).toBeGreaterThanOrEqual(1000 - 21)
    expect(scan(/[a-z]{1,20}@/, pieces).join('')).toBe(pieces.join(''))
  })

  it('finds in pieces what it finds in the whole text', () => {
    const patterns = fc.constantFrom(
      /a{2}b?/,
      /\bab{1,2}\b/,
      /(?<!a)b(?!b)/,
      /^a|b$/,
      /^b/m,
      /(?<=a b{0,2})a/,
      /a(?=.{2}b)/,
      /([ab]) \1/,
      /aab|ab|b{3}/i,
      /[^b]{2}?b/,
      /a?/,
      /😀{1,2}a|\w😀/u,
      /\p{Emoji_Presentation}a?/v,
      /😀|a\ud83d/,
    )
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '😀', 'A'), maxLength: 20 })
    fc.assert(
      fc.property(
        patterns,
        text,
        fc.array(fc.nat(), { maxLength: 10 }),
        (pattern, whole, offsets) => {
          const expected = whole.replace(
            new RegExp(pattern, `${pattern.flags}g`),
            (match) => match && `<${match}>`,
          )
          expect(scan(pattern, cut(whole, offsets)).join('')).toBe(expected)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('lets nothing through that any of several patterns matches', () => {
    const patterns = { long: /a[ab]{2}c/, short: /ba?/, tail: /cab|c\b/ }
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 20 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (whole, offsets) => {
        const scanned = scan(patterns, cut(whole, offsets)).join('')
        expect(scanned).toBe(scan(patterns, [whole]).join(''))
        expect(scanned.replace(/<\w+:|>/g, '')).toBe(whole)
        const covered = new Set<number>()
        for (const pattern of Object.values(patterns)) {
          for (const match of whole.matchAll(new RegExp(pattern, 'g'))) {
            for (let at = match.index; at < match.index + match[0].length; at++) covered.add(at)
          }
        }
        const plain = whole
          .split('')
          .map((character, at) => (covered.has(at) ? '' : character))
          .join('')
        expect(scanned.replace(/<[^>]*>/g, '')).toBe(plain)
      }),
      { numRuns: 3000 },
    )
  })

  it('never parts a surrogate pair', () => {
    for (const piece of scan(/\ud83d!/, ['a😀', 'b', 'a\ud83d', '\ude00b'])) {
      expect(piece.isWellFormed(), piece).toBe(true)
    }
  })

  it.each<[string, PatternsInput]>([
    ['without a bound', /a+/],
    ['that looks ahead without a bound', /a(?=.*b)/],
    ['that looks behind without a bound', /(?<=a+)b/],
    ['longer than allowed', /a{65}/],
    ['text longer than allowed', 'a'.repeat(65)],
    ['that is sticky', /a/y],
    ['that matches nothing', /\b/],
    ['of an empty text', ''],
    ['among others', { good: /a/, bad: /b*/ }],
    ['list without any', []],
  ])('refuses a pattern %s', (_what, patterns) => {
    expect(() => boundedPatterns(patterns, 64)).toThrow(ConfigError)
  })

  it('takes a text to the letter', () => {
    expect(scan('a.b*(c)', ['xa.b', '*(c)axb*(c)']).join('')).toBe('x<a.b*(c)>axb*(c)')
  })
})
