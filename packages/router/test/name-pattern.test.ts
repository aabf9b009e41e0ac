import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NamePattern } from '../src/name-pattern.ts'

describe('NamePattern', () => {
  it.each([
    ['gpt-5', 'gpt-5', []],
    ['gpt-5', 'gpt-5-mini', undefined],
    ['gpt-*', 'gpt-5', ['5']],
    ['gpt-*', 'gpt-', ['']],
    ['gpt-*', 'a-gpt-5', undefined],
    ['*', '', ['']],
    ['*', 'anything/at:all~', ['anything/at:all~']],
    ['openai/*', 'openai/org/m:free', ['org/m:free']],
    ['*-mini', 'gpt-5-mini', ['gpt-5']],
    ['a*a', 'a', undefined],
    ['a*a', 'aa', ['']],
    ['*/ft:*:x', 'v/ft:a:b:x', ['v', 'a:b']],
    ['a*b*c', 'abbc', ['', 'b']],
    ['a*b*b', 'ab', undefined],
    ['a*bc*c', 'abc', undefined],
    ['**', 'ab', ['', 'ab']],
  ])('%s against %s gives %j', (pattern, name, matched) => {
    expect(new NamePattern(pattern).match(name)).toEqual(matched)
  })

  it('takes every character of a name as it stands, whatever it means elsewhere', () => {
    expect(new NamePattern('a.c').match('abc')).toBeUndefined()
    expect(new NamePattern('(x+)+$*').match('(x+)+$1')).toEqual(['1'])
  })

  it('fills in exactly what was matched, so that matching and filling undo each other', () => {
    const literal = fc.string().filter((text) => !text.includes('*'))
    fc.assert(
      fc.property(
        fc.array(literal, { minLength: 2, maxLength: 4 }),
        fc.array(fc.string(), { minLength: 3, maxLength: 3 }),
        (literals, texts) => {
          const pattern = new NamePattern(literals.join('*'))
          const name = pattern.fill(texts)
          const matched = pattern.match(name)
          expect(matched).toBeDefined()
          expect(pattern.fill(matched!)).toBe(name)
        },
      ),
    )
  })

  it('orders exact names first, then by literal beginning, literal text, wildcards', () => {
    const written = [
      '*',
      '*-mini',
      'gpt-*',
      'gpt-*-*',
      'gpt-*-mini',
      'gpt-5-*',
      'openai/*',
      'gpt-5',
    ]
    const ordered = written
      .map((text) => new NamePattern(text))
      .sort((a, b) => NamePattern.compare(a, b))
    expect(ordered.map((pattern) => pattern.text)).toEqual([
      'gpt-5',
      'openai/*',
      'gpt-5-*',
      'gpt-*-mini',
      'gpt-*-*',
      'gpt-*',
      '*-mini',
      '*',
    ])
  })

  it('refuses a hostile name without going back over it', () => {
    const pattern = new NamePattern(`${'*a'.repeat(20)}*c*b`)
    const started = performance.now()
    expect(pattern.match(`${'a'.repeat(200_000)}b`)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(50)
  })
})
