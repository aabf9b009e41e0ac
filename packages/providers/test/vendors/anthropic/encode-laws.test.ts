import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError } from '@sluice/core'
import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core/wire'
import { anthropicSpec } from '@sluice/providers/anthropic'
import { runs } from '../../../../../test/support/runs.ts'
import { encode, paramsOf } from './support.ts'
import { vendorFaults } from './vendor-faults.ts'

const words = fc.constantFrom('', ' ', '\n\t', 'Hello', 'two words ', 'ünï 🏔️', '"quoted" \\')
const id = fc.constantFrom('a', 'b', 'functions.f:0', 'call|1', '', 'a_2', 'ä')
const name = fc.constantFrom('f', 'geo.weather', 'geo/weather', '', 'x'.repeat(150))
const args = fc.constantFrom('{}', '', '{"a":1}', '[1]', 'null', '{"broken', '"text"', '7')
const parts = fc.array(
  fc.oneof(
    words.map((text) => ({ type: 'text', text })),
    fc.constant({ type: 'image_url', image_url: { url: 'https://img.example/a.png' } }),
    fc.constant({ type: 'image_url', image_url: { url: 'data:image/png;base64,aGk =' } }),
    fc.constant({ type: 'file', file: { file_data: 'data:application/pdf;base64,aGk=' } }),
  ),
  { maxLength: 3 },
)
const thoughts = fc.constantFrom(
  undefined,
  [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }],
  [{ type: 'redacted_thinking', data: 'ZA==' }],
  [{ type: 'thinking', thinking: 'unsigned' }],
)
const toolCalls = fc.array(
  fc.record({ id, type: fc.constant('function'), function: fc.record({ name, arguments: args }) }),
  { maxLength: 3 },
)

const message = fc.oneof(
  fc.record({ role: fc.constantFrom('system', 'developer'), content: words }),
  fc.record({ role: fc.constant('user'), content: fc.oneof(words, parts) }),
  fc.record({
    role: fc.constant('assistant'),
    content: fc.oneof(words, fc.constant(null)),
    tool_calls: toolCalls,
    thinking_blocks: thoughts,
    reasoning_content: words,
  }),
  fc.record({ role: fc.constant('tool'), tool_call_id: id, content: fc.oneof(words, parts) }),
  fc.record({ role: fc.constant('function'), name, content: words }),
) as unknown as fc.Arbitrary<ChatCompletionMessageParam>

const params = fc.record(
  {
    model: fc.constantFrom(
      'claude-sonnet-4-5',
      'claude-3-5-haiku-latest',
      'claude-opus-4-6',
      'claude-opus-5-5',
      'house-model',
    ),
    messages: fc.array(message, { minLength: 1, maxLength: 12 }),
    tools: fc.uniqueArray(name, { maxLength: 3 }).map((names) =>
      names
        .filter((one) => one !== '')
        .map((one) => ({
          type: 'function' as const,
          function: { name: one, parameters: { type: 'object' } },
        })),
    ),
    tool_choice: fc.constantFrom('auto', 'none', 'required'),
    parallel_tool_calls: fc.boolean(),
    reasoning_effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh'),
    thinking: fc.constantFrom(undefined, { type: 'enabled', budget_tokens: 2000 }),
    max_tokens: fc.constantFrom(null, 3000, 5000, 40_000),
    temperature: fc.constantFrom(null, 0, 0.5, 1, 2),
    top_p: fc.constantFrom(null, 0.1, 0.97),
    top_k: fc.constantFrom(null, 5),
    stop: fc.constantFrom(null, 'END', ['\n', 'x']),
    response_format: fc.constantFrom(
      null,
      { type: 'json_object' },
      {
        type: 'json_schema',
        json_schema: {
          name: 'r',
          schema: { type: 'object', properties: { a: { type: 'string' } } },
        },
      },
    ),
  },
  { requiredKeys: ['model', 'messages'] },
) as unknown as fc.Arbitrary<ChatCompletionCreateParams>

describe('any request', () => {
  it('becomes one that the vendor does not refuse, or is refused for saying nothing', () => {
    let refused = 0
    fc.assert(
      fc.property(params, (given) => {
        try {
          expect(vendorFaults(encode(given).body)).toEqual([])
        } catch (error) {
          if (!ApiError.is(error)) throw error
          refused++
          expect(error).toMatchObject({ status: 400, param: 'messages' })
        }
      }),
      { numRuns: runs(3000) },
    )
    expect(refused).toBeLessThan(600)
  })

  it('is written the same every time', () => {
    fc.assert(
      fc.property(params, (given) => outcome(given) === outcome(given)),
      { numRuns: runs(200) },
    )
  })

  it('loses no word, call or result', () => {
    const unique = fc.uniqueArray(
      fc.integer({ min: 1, max: 1e9 }).map((number) => `w${number}w`),
      { minLength: 4, maxLength: 20 },
    )
    fc.assert(
      fc.property(unique, (tokens) => {
        const messages = tokens.flatMap((token, index): ChatCompletionMessageParam[] => {
          if (index % 4 === 0) return [{ role: 'user', content: token }]
          if (index % 4 === 1) return [{ role: 'system', content: token }]
          if (index % 4 === 2) return [{ role: 'assistant', content: token }]
          const call = {
            id: token,
            type: 'function' as const,
            function: { name: 'f', arguments: `{"v":"${token}"}` },
          }
          return [
            { role: 'assistant', tool_calls: [call] },
            { role: 'tool', tool_call_id: token, content: token },
          ]
        })
        const text = JSON.stringify(encode({ messages }).body)
        for (const token of tokens) expect(text).toContain(token)
      }),
      { numRuns: runs(200) },
    )
  })
})

describe('every param of the client', () => {
  const known = [
    'audio',
    'frequency_penalty',
    'function_call',
    'functions',
    'logit_bias',
    'logprobs',
    'max_completion_tokens',
    'max_tokens',
    'messages',
    'metadata',
    'modalities',
    'moderation',
    'model',
    'parallel_tool_calls',
    'prediction',
    'presence_penalty',
    'prompt_cache_key',
    'prompt_cache_options',
    'prompt_cache_retention',
    'reasoning_effort',
    'response_format',
    'safety_identifier',
    'seed',
    'service_tier',
    'stop',
    'store',
    'stream',
    'stream_options',
    'temperature',
    'tool_choice',
    'tools',
    'top_logprobs',
    'top_p',
    'user',
    'verbosity',
    'web_search_options',
  ]

  it.each(known.filter((one) => one !== 'model' && one !== 'stream' && one !== 'stream_options'))(
    '%s is read, or listed as dropped',
    (param) => {
      const { chat } = anthropicSpec()
      const read = new Set<PropertyKey>()
      const watched = new Proxy(paramsOf(), {
        get(target, key, receiver) {
          read.add(key)
          return Reflect.get(target, key, receiver) as unknown
        },
      })
      chat!.encode(watched, { model: 'claude-sonnet-4-5', stream: false })
      expect(read.has(param) || chat!.unsupportedParams.includes(param)).toBe(true)
    },
  )

  it('never reaches the vendor under its own name where the vendor does not know it', () => {
    const all = Object.fromEntries(chatDrops().map((param) => [param, 1]))
    const { body } = encode({
      ...all,
      n: 1,
      user: 'u',
      reasoning_effort: 'low',
      stream_options: { include_usage: true },
      parallel_tool_calls: true,
    })
    expect(Object.keys(body).toSorted()).toEqual([
      'max_tokens',
      'messages',
      'metadata',
      'model',
      'thinking',
    ])
  })
})

function chatDrops(): readonly string[] {
  return anthropicSpec().chat!.unsupportedParams
}

function outcome(given: ChatCompletionCreateParams): string {
  try {
    return JSON.stringify(encode(given))
  } catch (error) {
    return String(error)
  }
}
