import { describe, expect, it } from 'vitest'
import { ApiError } from '@sluice/core'
import {
  CompletionAccumulator,
  ChunkAssembler,
  completionChunks,
  normalizeUsage,
  type ChatDelta,
  type VendorToolCallDelta,
} from '@sluice/sse-stream/internal'

const assemble = (deltas: readonly ChatDelta[]) => {
  const assembler = new ChunkAssembler({ id: 'chatcmpl-own', created: 1_700_000_000, model: 'own' })
  const chunks = deltas.flatMap((delta) => assembler.add(delta) ?? [])
  return {
    assembler,
    chunks,
    calls: chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []),
  }
}
const part = (rest: VendorToolCallDelta): ChatDelta => ({ delta: { tool_calls: [rest] } })

describe('ChunkAssembler', () => {
  it('says the role once, first', () => {
    const { chunks } = assemble([
      { delta: { content: 'a' } },
      { delta: { role: 'assistant', content: 'b' } },
    ])
    expect(chunks.map((chunk) => chunk.choices[0]!.delta)).toEqual([
      { role: 'assistant', content: 'a' },
      { content: 'b' },
    ])
  })

  it('counts tool calls from 0, with id, type and name on the first part only', () => {
    const { calls } = assemble([
      part({ index: 4, id: 'x', function: { name: 'f', arguments: '' } }),
      part({ index: 7, id: 'y', function: { name: 'g', arguments: '{' } }),
      part({ index: 4, id: '', function: { arguments: '{"a":1}' } }),
      part({ index: 7, id: 'y', type: 'function', function: { name: 'g', arguments: '}' } }),
    ])
    expect(calls).toEqual([
      { index: 0, id: 'x', type: 'function', function: { name: 'f', arguments: '' } },
      { index: 1, id: 'y', type: 'function', function: { name: 'g', arguments: '{' } },
      { index: 0, function: { arguments: '{"a":1}' } },
      { index: 1, function: { arguments: '}' } },
    ])
  })

  it('tells calls apart that all bear the same index, or none', () => {
    const { calls } = assemble([
      part({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
      part({ index: 0, id: 'b', function: { name: 'f', arguments: '{}' } }),
      part({ id: 'c', function: { name: 'f', arguments: '{}' } }),
    ])
    expect(calls.map((call) => [call.index, call.id])).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ])
  })

  it('names a call that the vendor left without an id', () => {
    const { calls } = assemble([
      part({ index: 0, function: { name: 'f', arguments: '{}' } }),
      part({ index: 1, function: { name: 'g', arguments: '{}' } }),
    ])
    expect(new Set(calls.map((call) => call.id)).size).toBe(2)
    expect(calls.every((call) => /^call_\w+$/.test(call.id!))).toBe(true)
  })

  it('gives a call without arguments an empty object, not an empty string', () => {
    const { chunks, assembler } = assemble([
      part({ index: 0, id: 'a', function: { name: 'f' } }),
      { finishReason: 'tool_calls' },
    ])
    const accumulator = new CompletionAccumulator()
    for (const chunk of [...chunks, ...assembler.finishAll()]) accumulator.add(chunk)
    expect(accumulator.result().choices[0]!.message.tool_calls![0]!.function!.arguments).toBe('{}')
  })

  it('ends each choice once, last of all, with the reason said last', () => {
    const { chunks, assembler } = assemble([
      { index: 0, delta: { content: 'a' } },
      { index: 1, delta: { content: 'b' } },
      { index: 0, finishReason: 'stop' },
      { index: 0, finishReason: 'length', delta: { content: 'late' } },
    ])
    expect(chunks.map((chunk) => chunk.choices[0]!.delta.content)).toEqual(['a', 'b', 'late'])
    expect(chunks.map((chunk) => chunk.choices[0]!.finish_reason)).toEqual([null, null, null])
    expect(assembler.allFinished).toBe(false)
    const ends = assembler
      .finishAll()
      .map(({ choices: [choice] }) => [choice!.index, choice!.finish_reason])
    expect(ends).toEqual([
      [0, 'length'],
      [1, 'stop'],
    ])
    expect(assembler.allFinished).toBe(true)
    expect([
      assembler.add({ index: 0, delta: { content: 'later' } }),
      assembler.finishAll(),
    ]).toEqual([undefined, []])
  })

  it('never says tool_calls where there are none', () => {
    const { assembler } = assemble([{ delta: { content: 'a' }, finishReason: 'tool_calls' }])
    expect(assembler.finishAll()[0]!.choices[0]!.finish_reason).toBe('stop')
  })

  it('keeps the first failure', () => {
    const error = new ApiError('overloaded', { message: 'm' })
    expect(
      assemble([{ error }, { error: new ApiError('server_error', { message: 'n' }) }]).assembler
        .error,
    ).toBe(error)
  })
})

describe('normalizeUsage', () => {
  it.each([
    ['as OpenAI counts', { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }, [1, 2, 3]],
    [
      'reasoning beside the completion',
      {
        prompt_tokens: 1,
        completion_tokens: 2,
        total_tokens: 13,
        completion_tokens_details: { reasoning_tokens: 10 },
      },
      [1, 12, 13],
    ],
    [
      'a total that does not add up',
      { prompt_tokens: 1, completion_tokens: 2, total_tokens: 99 },
      [1, 2, 3],
    ],
    ['no completion', { prompt_tokens: 5, total_tokens: 5 }, [5, 0, 5]],
  ])('reads %s', (_name, usage, [prompt, completion, total]) => {
    expect(normalizeUsage(usage)).toMatchObject({
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: total,
    })
  })

  it.each([
    [null],
    ['x'],
    [{}],
    [{ prompt_tokens: -1, completion_tokens: Number.NaN }],
    [{ prompt_tokens: 1e300 }],
  ])('makes nothing of %j', (usage) => {
    expect(normalizeUsage(usage)).toBeUndefined()
  })

  it('finds cache reads where DeepSeek and Moonshot put them', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 }
    expect(
      normalizeUsage({ ...usage, prompt_cache_hit_tokens: 4 })?.prompt_tokens_details
        ?.cached_tokens,
    ).toBe(4)
    expect(
      normalizeUsage({ ...usage, cached_tokens: 3 })?.prompt_tokens_details?.cached_tokens,
    ).toBe(3)
  })
})

describe('what the counts of a usage consist of', () => {
  const usage = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 }

  it('stays as it is where it is counted, or not counted, or named by the vendor', () => {
    const given = {
      ...usage,
      prompt_tokens_details: { cached_tokens: 2, audio_tokens: null, tier: 'x' },
      completion_tokens_details: null,
    } as never
    expect(normalizeUsage(given)).toBe(given)
  })

  it.each([-1, 1.5e300, [], {}, true, 'x', '__proto__', 1e15])(
    'is left out where it is %j',
    (odd) => {
      const given = {
        ...usage,
        prompt_tokens_details: { cached_tokens: odd, audio_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: odd },
      }
      expect(normalizeUsage(given)).toEqual({
        ...usage,
        prompt_tokens_details: { audio_tokens: 1 },
        completion_tokens_details: {},
      })
    },
  )

  it('is a count where it is one in quotes or a fraction', () => {
    const given = {
      ...usage,
      prompt_tokens_details: { cached_tokens: '4' },
      completion_tokens_details: 7,
    }
    expect(normalizeUsage(given)).toEqual({ ...usage, prompt_tokens_details: { cached_tokens: 4 } })
    const halves = { ...usage, completion_tokens_details: { reasoning_tokens: 2.6 } }
    expect(normalizeUsage(halves)?.completion_tokens_details?.reasoning_tokens).toBe(3)
  })
})

describe('completionChunks', () => {
  it('gives chunks that add up to the answer again', () => {
    const accumulator = new CompletionAccumulator()
    const answer = {
      id: 'chatcmpl-1',
      object: 'chat.completion' as const,
      created: 1,
      model: 'm',
      system_fingerprint: 'fp',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant' as const,
            content: null,
            refusal: null,
            reasoning_content: 'hm',
            tool_calls: [
              { id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{}' } },
            ],
          },
          finish_reason: 'tool_calls' as const,
          logprobs: null,
        },
        {
          index: 1,
          message: { role: 'assistant' as const, content: 'hi', refusal: null, annotations: [] },
          finish_reason: 'stop' as const,
          logprobs: {
            content: [{ token: 'hi', logprob: -1, bytes: [104, 105], top_logprobs: [] }],
            refusal: null,
          },
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    }
    for (const chunk of completionChunks(answer)) accumulator.add(chunk)
    expect(accumulator.result()).toEqual(answer)
  })
})
