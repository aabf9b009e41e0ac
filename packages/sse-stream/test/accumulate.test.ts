import { accumulate } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  batch,
  callPart,
  completionOf,
  documentOf,
  finish,
  run,
  say,
  think,
  usage,
  usageBatch,
} from './answers.ts'

describe('accumulate', () => {
  it('gives one whole answer with its usage when the source completes', () => {
    expect(run(answerOf(['Hel', 'lo']), accumulate()).values).toEqual([completionOf('Hello')])
  })

  it('puts choices, thoughts and tool calls together', () => {
    const batches = [
      batch(say('b', 1), think('hm'), callPart(0, '{"a"', 'f')),
      batch(callPart(0, ':1}'), say('c', 1), finish('tool_calls'), finish('length', 1)),
      usageBatch(),
    ]
    const [completion] = run(batches, accumulate()).values
    expect(completion).toMatchObject({
      usage,
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            content: null,
            reasoning_content: 'hm',
            tool_calls: [{ id: 'call_0', function: { arguments: '{"a":1}' } }],
          },
        },
        { index: 1, finish_reason: 'length', message: { content: 'bc' } },
      ],
    })
  })

  it('gives a whole answer as it is', () => {
    const completion = completionOf('hello')
    expect(run([documentOf(completion)], accumulate()).values[0]).toBe(completion)
  })

  it('does not take a broken answer for a short one', () => {
    const { values, error } = run([batch(say('a'))], accumulate())
    expect(values).toEqual([])
    expect(error).toMatchObject({ code: 'stream_incomplete' })
  })

  it('gives nothing for an empty source', () => {
    expect(run([], accumulate())).toEqual({ values: [], error: undefined, isComplete: true })
  })
})
