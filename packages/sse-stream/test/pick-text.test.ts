import { ConfigError } from '@sluice/core'
import { pickText } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import { answerOf, batch, completionOf, documentOf, run, say, think } from './answers.ts'

describe('pickText', () => {
  it('gives one string for each batch that has text', () => {
    expect(run(answerOf(['Hel', 'lo']), pickText()).values).toEqual(['Hel', 'lo'])
  })

  it('leaves out thoughts and other choices', () => {
    const { values } = run(
      [batch(think('hm'), say('a'), say('b', 1)), batch(think('so')), batch(say('c'))],
      pickText(),
    )
    expect(values).toEqual(['a', 'c'])
  })

  it('gives the choice that is asked for', () => {
    const { values } = run(
      [batch(say('a'), say('b', 1)), batch(say('c')), batch(say('d', 1))],
      pickText({ choice: 1 }),
    )
    expect(values).toEqual(['b', 'd'])
  })

  it('gives the text of a whole answer', () => {
    expect(run([documentOf(completionOf('hello'))], pickText()).values).toEqual(['hello'])
  })

  it('hands an error on', () => {
    const failure = new Error('broken')
    expect(run([batch(say('a'))], pickText(), failure)).toEqual({
      values: ['a'],
      error: failure,
      isComplete: false,
    })
  })

  it('refuses an option that it does not have', () => {
    expect(() => pickText({ choices: 1 } as object)).toThrow(ConfigError)
  })
})
