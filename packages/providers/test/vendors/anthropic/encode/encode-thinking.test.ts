import { describe, expect, it } from 'vitest'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { createThinkingMemory } from '@sluice/providers/anthropic'
import { encode } from '../support.ts'

const BUDGET = 'claude-sonnet-4-5'
const ADAPTIVE = 'claude-opus-4-6'
const tools = [{ type: 'function' as const, function: { name: 'f' } }]
const enabled = (budget: number) => ({ type: 'enabled', budget_tokens: budget })
const adaptive = { type: 'adaptive', display: 'summarized' }
const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }
const hidden = { type: 'redacted_thinking', data: 'ZGF0YQ==' }

/** A conversation whose next answer goes on from a call of the assistant's. */
const loop = (assistant: object = {}): ChatCompletionCreateParams['messages'] => [
  { role: 'user', content: 'Go' },
  {
    role: 'assistant',
    content: 'Let me see.',
    tool_calls: [{ id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
    ...assistant,
  },
  { role: 'tool', tool_call_id: 'toolu_1', content: 'ok' },
]

describe('the effort that a client asks for', () => {
  it.each<[string, Partial<ChatCompletionCreateParams>, object, readonly string[]]>([
    [
      'a small budget',
      { reasoning_effort: 'low' },
      { thinking: enabled(1024), max_tokens: 32_000 },
      [],
    ],
    [
      'a middling budget',
      { reasoning_effort: 'medium' },
      { thinking: enabled(4096), max_tokens: 32_000 },
      [],
    ],
    [
      'a large budget',
      { reasoning_effort: 'high' },
      { thinking: enabled(16_384), max_tokens: 32_000 },
      [],
    ],
    [
      "no more than the client's limit leaves room for",
      { reasoning_effort: 'high', max_tokens: 4000 },
      { thinking: enabled(3000), max_tokens: 4000 },
      [],
    ],
    [
      "nothing below the client's limit",
      { reasoning_effort: 'high', max_tokens: 1200 },
      { max_tokens: 1200 },
      ['reasoning_effort'],
    ],
    [
      'room to answer where the limit is ours',
      { model: 'house-model', reasoning_effort: 'high' },
      { thinking: enabled(16_384), max_tokens: 20_480 },
      [],
    ],
    [
      'nothing beside a forced call',
      { reasoning_effort: 'high', tools, tool_choice: 'required' },
      { tool_choice: { type: 'any' } },
      ['reasoning_effort'],
    ],
    [
      'nothing for models that do not think',
      { model: 'claude-3-5-haiku-latest', reasoning_effort: 'high' },
      {},
      ['reasoning_effort'],
    ],
    [
      'nothing for words that nobody knows',
      { reasoning_effort: 'heroic' },
      {},
      ['reasoning_effort'],
    ],
    ['nothing where none is wanted', { reasoning_effort: 'none' }, {}, []],
    [
      'a budget and an effort',
      { model: 'claude-opus-4-5', reasoning_effort: 'high' },
      { thinking: enabled(16_384), output_config: { effort: 'high' } },
      [],
    ],
    [
      'an effort',
      { model: ADAPTIVE, reasoning_effort: 'medium' },
      { thinking: adaptive, output_config: { effort: 'medium' } },
      [],
    ],
    [
      'the least effort',
      { model: ADAPTIVE, reasoning_effort: 'minimal' },
      { thinking: adaptive, output_config: { effort: 'low' } },
      [],
    ],
    [
      'the next effort that the model knows',
      { model: ADAPTIVE, reasoning_effort: 'xhigh' },
      { output_config: { effort: 'high' } },
      [],
    ],
    [
      'all the effort',
      { model: 'claude-opus-4-7', reasoning_effort: 'max' },
      { output_config: { effort: 'max' } },
      [],
    ],
    [
      'an effort without thoughts beside a forced call',
      { model: ADAPTIVE, reasoning_effort: 'low', tools, tool_choice: 'required' },
      { output_config: { effort: 'low' }, tool_choice: { type: 'any' } },
      ['reasoning_effort'],
    ],
    [
      'an effort with thoughts beside a forced call where the model takes both',
      { model: 'claude-opus-4-8', reasoning_effort: 'low', tools, tool_choice: 'required' },
      { thinking: adaptive, output_config: { effort: 'low' }, tool_choice: { type: 'any' } },
      [],
    ],
    [
      'thinking turned off',
      { model: 'claude-sonnet-5', reasoning_effort: 'none' },
      { thinking: { type: 'disabled' } },
      [],
    ],
    [
      'thinking turned down',
      { model: 'claude-sonnet-5-5', reasoning_effort: 'none' },
      { thinking: { type: 'between_tools' } },
      [],
    ],
    [
      'the least effort of models that always think',
      { model: 'claude-opus-5-5', reasoning_effort: 'none' },
      { output_config: { effort: 'low' } },
      [],
    ],
  ])('becomes %s', (_name, params, expected, dropped) => {
    const { body, drops } = encode(params)
    expect(body).toMatchObject(expected)
    if (!('thinking' in expected))
      expect(body).not.toHaveProperty('thinking', expect.objectContaining({ type: 'enabled' }))
    expect(drops).toEqual(dropped)
  })

  it('leaves no sampling that is refused beside thoughts', () => {
    const { body, drops } = encode({
      reasoning_effort: 'low',
      temperature: 0.3,
      top_p: 0.8,
      top_k: 5,
    })
    for (const name of ['temperature', 'top_p', 'top_k']) expect(body).not.toHaveProperty(name)
    expect(drops).toEqual(['temperature', 'top_p', 'top_k'])
    expect(encode({ reasoning_effort: 'low', temperature: 1 }).body.temperature).toBe(1)
    expect(encode({ reasoning_effort: 'low', top_p: 0.95 }).body.top_p).toBe(0.95)
  })
})

describe("thinking in the vendor's own words", () => {
  it.each<[string, Partial<ChatCompletionCreateParams>, object]>([
    [
      'as it is',
      { model: ADAPTIVE, thinking: { type: 'adaptive' }, reasoning_effort: 'low' },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
    ],
    [
      'as it is to a model of no known name',
      { model: 'house-model', thinking: { type: 'adaptive' } },
      { thinking: { type: 'adaptive' } },
    ],
    [
      'as an effort where no budget is taken',
      { model: 'claude-opus-4-7', thinking: enabled(20_000) },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ],
    [
      'as the least effort of a small budget',
      { model: 'claude-sonnet-5', thinking: enabled(1024) },
      { output_config: { effort: 'low' } },
    ],
    [
      'as a budget where a model knows no other way',
      { model: BUDGET, thinking: { type: 'adaptive' } },
      { thinking: enabled(4096) },
    ],
    [
      'with its budget on a model that knows both ways',
      { model: 'claude-opus-4-6', thinking: enabled(2048) },
      { thinking: enabled(2048) },
    ],
    [
      'with as much as the limit leaves',
      { thinking: enabled(8000), max_tokens: 4000 },
      { thinking: enabled(3000), max_tokens: 4000 },
    ],
    [
      'above the limit where thoughts stand between calls',
      { betas: ['interleaved-thinking-2025-05-14'], thinking: enabled(8000), max_tokens: 4000 },
      { thinking: enabled(8000), max_tokens: 4000 },
    ],
    ['with the least budget there is', { thinking: enabled(100) }, { thinking: enabled(1024) }],
    [
      'by its off switch in the way of each model',
      { model: 'claude-opus-5-5', thinking: { type: 'disabled' } },
      { output_config: { effort: 'low' } },
    ],
    [
      'with its budget',
      { thinking: enabled(2048), max_tokens: 4000 },
      { thinking: enabled(2048), max_tokens: 4000 },
    ],
    [
      'with room for its budget',
      { thinking: enabled(40_000) },
      { thinking: enabled(40_000), max_tokens: 44_096 },
    ],
    [
      'turned off',
      { thinking: { type: 'disabled' }, temperature: 0.2 },
      { thinking: { type: 'disabled' }, temperature: 0.2 },
    ],
  ])('goes on %s', (_name, params, expected) => {
    expect(encode(params).body).toMatchObject(expected)
  })

  it.each<[string, Partial<ChatCompletionCreateParams>, string]>([
    [
      'a budget that becomes an effort',
      { model: 'claude-opus-4-7', thinking: enabled(20_000) },
      'thinking.budget_tokens',
    ],
    [
      'a budget that had to shrink',
      { thinking: enabled(8000), max_tokens: 4000 },
      'thinking.budget_tokens',
    ],
    ['a budget that fits into no limit', { thinking: enabled(8000), max_tokens: 1000 }, 'thinking'],
    [
      'thinking on a model that cannot',
      { model: 'claude-3-5-haiku-latest', thinking: enabled(2048) },
      'thinking',
    ],
    ['a word that means nothing', { thinking: { type: 'deeply' } }, 'thinking'],
    ['no object', { thinking: 'on' }, 'thinking'],
  ])('says so of %s', (_name, params, dropped) => {
    expect(encode(params).drops).toEqual([dropped])
  })

  it.each<[string, Partial<ChatCompletionCreateParams>]>([
    ['a budget', { thinking: enabled(2048) }],
    ['thinking as the model likes', { model: ADAPTIVE, thinking: { type: 'adaptive' } }],
    ['thinking on an older model', { model: 'claude-sonnet-4-6', thinking: { type: 'adaptive' } }],
  ])('gives way to a forced call: %s', (_name, params) => {
    const { body, drops } = encode({ ...params, tools, tool_choice: 'required' })
    expect(body).not.toHaveProperty('thinking')
    expect(drops).toEqual(['thinking'])
  })

  it('gives way to an effort beside a forced call', () => {
    const { body } = encode({
      model: ADAPTIVE,
      reasoning_effort: 'low',
      tools,
      tool_choice: 'required',
    })
    expect(body).not.toHaveProperty('thinking')
  })

  it('goes with a forced call where the model takes both', () => {
    const { body, drops } = encode({
      model: 'claude-sonnet-5',
      thinking: { type: 'adaptive' },
      tools,
      tool_choice: 'required',
    })
    expect(body).toMatchObject({ thinking: { type: 'adaptive' }, tool_choice: { type: 'any' } })
    expect(drops).toEqual([])
  })
})

describe('the thoughts of earlier turns', () => {
  const content = (
    params: Partial<ChatCompletionCreateParams>,
    memory?: ReturnType<typeof createThinkingMemory>,
  ) => encode(params, memory).body.messages[1]!.content

  it('come back with the message that they belong to', () => {
    const blocks = [{ ...thought, note: 'a field of the client' }, hidden]
    expect(content({ messages: loop({ thinking_blocks: blocks }) })).toMatchObject([
      thought,
      hidden,
      { type: 'text' },
      { type: 'tool_use' },
    ])
    expect(content({ messages: loop({ thinking_blocks: blocks }) })[0]).not.toHaveProperty('note')
  })

  it('come back as parts of the content', () => {
    const parts = [
      thought,
      { type: 'thinking', thinking: 'unsigned' },
      { type: 'text', text: 'So.' },
    ]
    expect(content({ messages: loop({ content: parts }) })).toMatchObject([
      thought,
      { type: 'text', text: 'So.' },
      { type: 'tool_use' },
    ])
  })

  it('are remembered for clients that send back only words and calls', () => {
    const memory = createThinkingMemory()
    memory.remember(['toolu_1'], [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }])
    const { body, drops } = encode({ messages: loop(), reasoning_effort: 'low' }, memory)
    expect(body.messages[1]!.content).toMatchObject([
      thought,
      { type: 'text' },
      { type: 'tool_use', id: 'toolu_1' },
    ])
    expect(body.thinking).toEqual(enabled(1024))
    expect(drops).toEqual([])
  })

  it('are not sent without a signature, nor without words or calls behind them', () => {
    expect(
      content({
        messages: loop({
          reasoning_content: 'Hm.',
          thinking_blocks: [{ type: 'thinking', thinking: 'Hm.' }],
        }),
      })[0],
    ).toMatchObject({ type: 'text' })
    const only = [
      { role: 'user' as const, content: 'Go' },
      { role: 'assistant' as const, content: '', thinking_blocks: [thought] },
    ]
    expect(
      encode({ messages: [...only, { role: 'user', content: 'And?' }] }).body.messages,
    ).toHaveLength(1)
  })

  it.each<[string, Partial<ChatCompletionCreateParams>, string]>([
    ['that asks for an effort', { reasoning_effort: 'high' }, 'reasoning_effort'],
    ['that asks for a budget', { thinking: enabled(2048) }, 'thinking'],
  ])(
    'are missed: a request %s goes on without thinking instead of failing',
    (_name, params, dropped) => {
      const { body, drops } = encode({ ...params, messages: loop() })
      expect(body).not.toHaveProperty('thinking')
      expect(drops).toEqual([dropped])
    },
  )

  it('are not missed by models that decide for themselves, nor in turns that are over', () => {
    expect(
      encode({ model: ADAPTIVE, reasoning_effort: 'high', messages: loop() }).body.thinking,
    ).toEqual(adaptive)
    const over = [
      ...loop(),
      { role: 'assistant' as const, content: 'Done.' },
      { role: 'user' as const, content: 'Thanks. Again?' },
    ]
    expect(
      encode({ model: BUDGET, reasoning_effort: 'low', messages: over }).body.thinking,
    ).toEqual(enabled(1024))
  })

  it('are missed where the model is to go on from its own last words', () => {
    const messages = [
      { role: 'user' as const, content: 'Go' },
      { role: 'assistant' as const, content: 'The answer is' },
    ]
    expect(encode({ reasoning_effort: 'low', messages }).drops).toEqual(['reasoning_effort'])
  })
})
