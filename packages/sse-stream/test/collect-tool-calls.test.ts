import { ApiError } from '@sluice/core'
import { collectToolCalls } from '@sluice/sse-stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  batch,
  callPart,
  completionOf,
  cut,
  documentOf,
  finish,
  run,
  say,
  usageBatch,
} from './answers.ts'

const call = (at: number, name: string, text: string) => ({
  id: `call_${at}`,
  type: 'function',
  function: { name, arguments: text },
})

describe('collectToolCalls', () => {
  it('gives each call as soon as its arguments are complete', () => {
    const open = [batch(callPart(0, '{"a":', 'f')), batch(callPart(0, '1}'))]
    expect(run(open, collectToolCalls()).values).toEqual([call(0, 'f', '{"a":1}')])
  })

  it('keeps calls apart that grow at the same time', () => {
    const parts = [
      callPart(0, '{"a"', 'f'),
      callPart(1, '{"b"', 'g'),
      callPart(1, ':2}'),
      callPart(0, ':1}'),
    ]
    const { values } = run(
      parts.map((part) => batch(part)),
      collectToolCalls(),
    )
    expect(values).toEqual([call(1, 'g', '{"b":2}'), call(0, 'f', '{"a":1}')])
  })

  it('is not misled by brackets inside strings', () => {
    const { values } = run(
      [batch(callPart(0, String.raw`{"a":"}\"}`, 'f')), batch(callPart(0, '"}'))],
      collectToolCalls(),
    )
    expect(values).toEqual([call(0, 'f', String.raw`{"a":"}\"}"}`)])
  })

  it('finds the same calls however their arguments are cut', () => {
    const text = String.raw`{"a":["x}",{"b":"\\"}],"c":"\"{"}`
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (offsets) => {
        const [first = '', ...rest] = cut(text, offsets)
        const parts = [
          callPart(0, first, 'f'),
          ...rest.map((piece) => callPart(0, piece)),
          finish('tool_calls'),
        ]
        const { values, error } = run(
          parts.map((part) => batch(part)),
          collectToolCalls(),
        )
        expect(error).toBeUndefined()
        expect(values).toEqual([call(0, 'f', text)])
      }),
    )
  })

  it('gives arguments that are no JSON as they are when the choice ends', () => {
    const { values } = run(
      [batch(callPart(0, 'a: 1', 'f')), batch(finish('tool_calls')), usageBatch()],
      collectToolCalls(),
    )
    expect(values).toEqual([call(0, 'f', 'a: 1')])
  })

  it.each([
    ['reaches its token limit', [batch(callPart(0, '{"a":', 'f')), batch(finish('length'))]],
    ['just stops', [batch(callPart(0, '{"a":', 'f'))]],
  ])('never gives half a call of an answer that %s', (_how, batches) => {
    const { values, error } = run(batches, collectToolCalls())
    expect(values).toEqual([])
    expect(ApiError.is(error)).toBe(true)
    expect(error).toMatchObject({ code: 'stream_incomplete' })
  })

  it('gives the calls of a whole answer', () => {
    const completion = completionOf('')
    completion.choices[0]!.message.tool_calls = [
      { id: 'call_0', type: 'function', function: { name: 'f', arguments: '{}' } },
      { id: 'call_1', type: 'function', function: { name: 'g', arguments: '{}' } },
    ]
    expect(run([documentOf(completion)], collectToolCalls()).values).toEqual([
      call(0, 'f', '{}'),
      call(1, 'g', '{}'),
    ])
  })

  it('gives nothing for an answer without calls', () => {
    expect(run([batch(say('a')), batch(finish())], collectToolCalls())).toMatchObject({
      values: [],
      isComplete: true,
    })
  })
})
