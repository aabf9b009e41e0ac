import { byLine } from '@sluice/sse-stream'
import fc from 'fast-check'
import { of, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { cut, outcomeOf, run } from './answers.ts'

describe('byLine', () => {
  it.each([
    ['a\nb', ['a', 'b']],
    ['a\r\nb\rc\n', ['a', 'b', 'c']],
    ['a\n\nb', ['a', '', 'b']],
    ['\n\r', ['', '']],
    ['a', ['a']],
    ['', []],
    ['a\u2028b', ['a\u2028b']],
  ])('gives %j as %j', (text, lines) => {
    expect(run([text], byLine()).values).toEqual(lines)
  })

  it('gives the same lines however the text is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n', '\r\n'), maxLength: 30 })
    fc.assert(
      fc.property(text, fc.array(fc.nat()), (whole, offsets) => {
        expect(run(cut(whole, offsets), byLine()).values).toEqual(run([whole], byLine()).values)
      }),
    )
  })

  it('gives a line as soon as it ends', () => {
    const lines: string[] = []
    of('a\nb', '\n')
      .pipe(byLine(), take(1))
      .subscribe((line) => lines.push(line))
    expect(lines).toEqual(['a'])
  })

  it('drops half a line of an answer that fails', () => {
    const failure = new Error('broken')
    expect(run(['a\nb'], byLine(), failure)).toEqual({
      values: ['a'],
      error: failure,
      isComplete: false,
    })
  })

  it.each([[['aaa', 'aa']], [['aaaaa\n']], [['a\naaaaa']]])(
    'gathers no line that is too long: %j',
    (pieces) => {
      const { error } = outcomeOf(of(...pieces).pipe(byLine({ maxChars: 4 })))
      expect(error).toMatchObject({ code: 'upstream_invalid_response' })
    },
  )
})
