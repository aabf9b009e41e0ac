import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonProgress } from '../../../src/operators/rewrite/json-progress.ts'

describe('JsonProgress', () => {
  it('sees the end of an object or list where it is, and not before', () => {
    const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
    fc.assert(
      fc.property(value, (json) => {
        const progress = new JsonProgress()
        const text = JSON.stringify(json)
        for (const character of text.slice(0, -1)) {
          progress.push(character)
          expect(progress.isComplete).toBe(false)
        }
        progress.push(text.slice(-1))
        expect(progress.isComplete).toBe(true)
      }),
    )
  })

  it.each([
    ['', false],
    ['{', false],
    ['{"', true],
    [String.raw`{"a\"`, true],
    [String.raw`{"a\\"`, false],
    ['{"a":"}', true],
  ])('knows whether %j ends inside a string', (text, isInString) => {
    const progress = new JsonProgress()
    progress.push(text)
    expect(progress.isInString).toBe(isInString)
  })
})
