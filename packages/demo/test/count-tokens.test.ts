import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countTokens, splitTokens } from '../src/count-tokens.ts'

describe('splitTokens', () => {
  it.each([
    ['', []],
    ['Hello, world!', ['Hello', ',', ' world', '!']],
    ["it's  fine", ["it's", '  fine']],
    ['get_weather 42', ['get_weather', ' 42']],
    ['你好，world', ['你', '好', '，', 'world']],
    ['안녕', ['안', '녕']],
    ['Привет мир', ['Привет', ' мир']],
    ['a😀b', ['a', '😀', 'b']],
    ['end \n', ['end', ' \n']],
    ['incomprehensibilities', ['incomprehens', 'ibilities']],
    ['x' + ' '.repeat(13) + 'y', ['x', ' '.repeat(12), ' y']],
  ])('cuts %j', (text, tokens) => {
    expect(splitTokens(text)).toEqual(tokens)
  })

  it('gives the text back when joined, in pieces that are text themselves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const tokens = splitTokens(text)
        expect(tokens.join('')).toBe(text)
        expect(countTokens(text)).toBe(tokens.length)
        for (const token of tokens) expect(token).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })

  it('passes half a surrogate pair on as it is', () => {
    expect(splitTokens('a\ud83d').join('')).toBe('a\ud83d')
  })
})

describe('countTokens', () => {
  it('takes the rest of a long text to be like its beginning', () => {
    const text = 'one two three four '.repeat(10_000)
    const exact = countTokens(text, Infinity)
    expect(countTokens(text, 5000)).toBeGreaterThan(exact * 0.98)
    expect(countTokens(text, 5000)).toBeLessThan(exact * 1.02)
  })

  it('still counts where nothing may be looked at', () => {
    expect(countTokens('four letters', 0)).toBe(3)
    expect(countTokens('', 0)).toBe(0)
  })
})
