import { pickReasoning } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import { batch, completionOf, documentOf, run, say, think } from './answers.ts'

describe('pickReasoning', () => {
  it('gives one string for each batch that has thoughts', () => {
    const { values } = run(
      [batch(think('so'), think(' it')), batch(say('Yes')), batch(think(' is'))],
      pickReasoning(),
    )
    expect(values).toEqual(['so it', ' is'])
  })

  it('gives the choice that is asked for', () => {
    expect(run([batch(think('a'), think('b', 2))], pickReasoning({ choice: 2 })).values).toEqual([
      'b',
    ])
  })

  it('gives the thoughts of a whole answer', () => {
    const completion = completionOf('Yes')
    completion.choices[0]!.message.reasoning_content = 'so it is'
    expect(run([documentOf(completion)], pickReasoning()).values).toEqual(['so it is'])
  })
})
