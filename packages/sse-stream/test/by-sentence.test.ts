import { bySentence } from '@sluice/sse-stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, run } from './answers.ts'

describe('bySentence', () => {
  it('gives whole sentences with the space behind them', () => {
    const { values } = run(['Hello the', 're. How are', ' you? Fine!'], bySentence())
    expect(values).toEqual(['Hello there. ', 'How are you? ', 'Fine!'])
  })

  it('gives a sentence before the answer ends', () => {
    const seen: string[][] = []
    run(['One. ', 'T', 'wo'], (source) => {
      const sentences: string[] = []
      source.pipe(bySentence()).subscribe((sentence) => sentences.push(sentence))
      seen.push(sentences)
      return source
    })
    expect(seen[0]).toEqual(['One. ', 'Two'])
  })

  it('is not misled by a number or a small letter behind the dot', () => {
    const { values } = run(['It costs 3.', '5 euros. ', '(2 cents less.) ', 'Buy'], bySentence())
    expect(values).toEqual(['It costs 3.5 euros. (2 cents less.) ', 'Buy'])
  })

  it('knows sentences of languages without spaces', () => {
    const { values } = run(['今日は', '晴れです。明日', 'は雨です。'], bySentence({ locale: 'ja' }))
    expect(values).toEqual(['今日は晴れです。', '明日は雨です。'])
  })

  it('gives the same sentences however the text is cut', () => {
    const word = fc.constantFrom(
      'Ah',
      'no',
      '1',
      '.',
      '. ',
      '! ',
      '?',
      ' ',
      '。',
      '走',
      '\n',
      '"',
      ')',
      '(',
      ',',
      'e.g.',
      '…',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 25 }), fc.array(fc.nat()), (parts, offsets) => {
        const text = parts.join('')
        const { values } = run(cut(text, offsets), bySentence({ locale: 'en' }))
        expect(values.join('')).toBe(text)
        expect(values).toEqual(run([text], bySentence({ locale: 'en' })).values)
      }),
      { numRuns: 2000 },
    )
  })

  it('does not wait without end for a sentence to end', () => {
    const { values } = run(['one two three ', 'four five six'], bySentence({ maxChars: 10 }))
    expect(values).toEqual(['one two ', 'three ', 'four five ', 'six'])
  })

  it('gives what it has before an error', () => {
    const failure = new Error('broken')
    expect(run(['One. Tw'], bySentence(), failure)).toEqual({
      values: ['One. ', 'Tw'],
      error: failure,
      isComplete: false,
    })
  })
})
