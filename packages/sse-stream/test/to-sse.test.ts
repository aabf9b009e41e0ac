import { ApiError } from '@sluice/core'
import { toSse, type ChatBatch } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import { batch, completionOf, documentOf, finish, run, say, usageBatch } from './answers.ts'

const written = (batches: readonly ChatBatch[], failure?: unknown) => {
  const { values, ...end } = run(batches, toSse(), failure)
  return { text: values.map((bytes) => new TextDecoder().decode(bytes)).join(''), ...end }
}

describe('toSse', () => {
  it('writes the bytes of the batches as they are, then the end', () => {
    const one = batch(say('a'), finish())
    const { values } = run([one, usageBatch()], toSse())
    expect(values[0]).toBe(one.bytes)
    expect(values.slice(1).map((bytes) => new TextDecoder().decode(bytes))).toEqual([
      'data: [DONE]\n\n',
    ])
  })

  it('says a failure in the stream once that has begun, and no end', () => {
    const { text, error, isComplete } = written(
      [batch(say('a'))],
      new ApiError('upstream_timeout', { message: 'Too slow.' }),
    )
    expect(
      text
        .split('\n\n')
        .filter(Boolean)
        .map((frame) => JSON.parse(frame.slice(6))),
    ).toEqual([
      say('a'),
      {
        error: {
          message: 'Too slow.',
          type: 'server_error',
          param: null,
          code: 'upstream_timeout',
        },
      },
    ])
    expect([error, isComplete]).toEqual([undefined, true])
  })

  it('tells nothing of a failure that is none of ours', () => {
    const { text } = written([batch(say('a'))], new Error('password: hunter2'))
    expect(text).toContain('"code":"server_error"')
    expect(text).not.toContain('hunter2')
  })

  it('leaves a failure before the first byte an error', () => {
    const failure = new ApiError('overloaded', { message: 'Later.' })
    expect(written([], failure)).toEqual({ text: '', error: failure, isComplete: false })
  })

  it('writes a whole answer as the stream that it would have been', () => {
    const { text } = written([documentOf(completionOf('hello'))])
    const frames = text.split('\n\n').filter(Boolean)
    expect(frames.at(-1)).toBe('data: [DONE]')
    expect(frames.slice(0, -1).map((frame) => JSON.parse(frame.slice(6)))).toMatchObject([
      {
        object: 'chat.completion.chunk',
        choices: [{ delta: { role: 'assistant', content: 'hello' } }],
      },
      { choices: [{ finish_reason: 'stop' }] },
    ])
  })
})
