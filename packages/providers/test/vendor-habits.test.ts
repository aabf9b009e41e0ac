import { createGate } from '@sluice/core'
import type { ChatCompletion } from '@sluice/core/wire'
import { openaiCompatibleSpec } from '@sluice/providers'
import {
  CompletionAccumulator,
  ChunkAssembler,
  ChatStreamDecoder,
} from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'

type Json = Readonly<Record<string, unknown>>

const { chat } = openaiCompatibleSpec({ id: 'alike', baseURL: 'http://alike' })
const envelope = { id: 'chatcmpl-own', created: 1, model: 'm' }
const head = { id: 'c1', created: 1_762_000_001, model: 'm' }
const chunk = (delta: Json, reason: unknown = null, index: unknown = 0): Json => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index, delta, finish_reason: reason }],
})
const calls = (...list: readonly Json[]) => chunk({ tool_calls: list })
const fn = (name: unknown, input?: unknown) => ({
  name,
  ...(input === undefined ? {} : { arguments: input }),
})
const tools = ['get_weather', 'get', 'now', 'add'].map((name) => ({
  type: 'function',
  function: { name },
}))

interface Outcome {
  readonly completion: ChatCompletion
  readonly failure: string | undefined
}

/** What the clients put together from a stream, with or without what ends it. */
function streamed(chunks: readonly Json[], end = 'data: [DONE]\n\n'): Outcome {
  const decoder = chat!.decoder({ model: 'm', messages: [] }, { model: 'm', stream: true })
  const translator = new ChatStreamDecoder({
    decoder,
    envelope,
    tools,
    gate: createGate(),
    includeUsage: true,
  })
  const accumulator = new CompletionAccumulator()
  const text = chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('') + end
  const batches = [
    translator.push(new TextEncoder().encode(text)),
    ...(translator.failure ? [] : translator.end()),
  ]
  for (const one of batches.flatMap((batch) => batch?.chunks() ?? [])) accumulator.add(one)
  return { completion: accumulator.result(), failure: translator.failure?.code }
}

/** The same of an answer that is not streamed. */
function whole(message: Json, reason: unknown): Outcome {
  const assembler = new ChunkAssembler(envelope, tools)
  const accumulator = new CompletionAccumulator()
  const answer = {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: reason }],
  }
  for (const delta of chat!.decode(
    answer,
    { model: 'm', messages: [] },
    { model: 'm', stream: false },
  )) {
    const one = assembler.add(delta)
    if (one !== undefined) accumulator.add(one)
  }
  for (const one of assembler.finishAll()) accumulator.add(one)
  return { completion: accumulator.result(), failure: assembler.error?.code }
}

const called = ({ completion }: Outcome) =>
  completion.choices[0]!.message.tool_calls?.map(
    ({ function: fn }) => `${fn?.name}${fn?.arguments}`,
  )
const said = ({ completion }: Outcome) => completion.choices[0]!.message.content
const finish = ({ completion, failure }: Outcome) => failure ?? completion.choices[0]!.finish_reason

describe('a finish reason', () => {
  const text = chunk({ role: 'assistant', content: 'half' })

  it.each([
    ['stop', 'stop'],
    ['EOS', 'stop'],
    ['end_turn', 'stop'],
    ['no_such_word', 'stop'],
    ['__proto__', 'stop'],
    ['constructor', 'stop'],
    [7, 'stop'],
    [{ type: 'length' }, 'length'],
    ['tool_calls', 'stop'],
    ['function_call', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['max_output_tokens', 'length'],
    ['model_length', 'length'],
    ['repetition', 'length'],
    ['sensitive', 'content_filter'],
    ['content-filter', 'content_filter'],
    ['SAFETY', 'content_filter'],
    ['abort', 'upstream_error'],
    ['network_error', 'upstream_error'],
    ['ERROR', 'upstream_error'],
    ['insufficient_system_resource', 'upstream_error'],
    ['overloaded', 'upstream_error'],
    ['rate_limit', 'upstream_error'],
    ['upstream_error', 'upstream_error'],
    ['GatewayTimeout', 'upstream_error'],
    ['no_error', 'stop'],
    ['FinishReason.MAX_TOKENS', 'length'],
    ['StopReason.END_TURN', 'stop'],
    ['maxTokens', 'length'],
    ['contentFilter', 'content_filter'],
    [['length'], 'length'],
  ])('of %j means %s, streamed and whole', (reason, meaning) => {
    expect(finish(streamed([text, chunk({}, reason)]))).toBe(meaning)
    expect(finish(whole({ role: 'assistant', content: 'half' }, reason))).toBe(meaning)
  })

  it.each(['stop', '', 'null', 'NULL', 'length', null])(
    'of %j in each chunk cuts nothing off',
    (reason) => {
      const pieces = [
        chunk({ reasoning_content: 'Hm.' }, reason),
        chunk({ content: 'It is ' }, reason),
      ]
      const outcome = streamed([...pieces, chunk({ content: '42.' }, reason), chunk({}, 'stop')])
      expect([said(outcome), finish(outcome)]).toEqual(['It is 42.', 'stop'])
    },
  )

  it('is told once, though it comes in the middle, again, and before calls', () => {
    const add = { index: 0, id: 'a', function: fn('add', '{"x":1}') }
    const outcome = streamed([
      text,
      chunk({}, 'stop'),
      calls(add),
      chunk({}, 'stop'),
      chunk({}, 'stop'),
      chunk({}, ''),
    ])
    expect([said(outcome), called(outcome), finish(outcome)]).toEqual([
      'half',
      ['add{"x":1}'],
      'tool_calls',
    ])
  })

  it('ends each choice for itself', () => {
    const list = [
      chunk({ content: 'a' }, 'stop', 0),
      chunk({ content: 'b' }, null, 1),
      chunk({ content: 'c' }, 'length', 0),
    ]
    const { choices } = streamed([...list, chunk({}, 'stop', '1')]).completion
    const told = choices.map(({ message, finish_reason: reason }) => `${message.content} ${reason}`)
    expect(told).toEqual(['ac length', 'b stop'])
  })

  it.each([[[]], [undefined], [null]])('of stop stands where the list of calls is %j', (list) => {
    const message = {
      role: 'assistant',
      content: 'x',
      ...(list === undefined ? {} : { tool_calls: list }),
    }
    expect([
      finish(whole(message, 'stop')),
      finish(streamed([chunk(message), chunk({}, 'stop')])),
    ]).toEqual(['stop', 'stop'])
  })

  it('makes no stream look finished that was cut off behind it', () => {
    expect(streamed([text, chunk({}, 'stop'), chunk({ content: 'more' })], '').failure).toBe(
      'stream_incomplete',
    )
  })
})

const weather = { index: 0, id: 'a', type: 'function' }
const rome = '{"city":"Rome"}'

describe('tool calls', () => {
  const one = `get_weather${rome}`
  it.each<[string, readonly Json[], readonly string[]]>([
    [
      'with a late name',
      [
        { ...weather },
        { index: 0, function: fn('get_weather') },
        { index: 0, function: fn('', rome) },
      ],
      [one],
    ],
    [
      'with arguments before the name',
      [
        { ...weather, function: fn('', '{"city":') },
        { index: 0, function: fn('get_weather', '"Rome"}') },
      ],
      [one],
    ],
    [
      'named in pieces',
      [
        { ...weather, function: fn('get', '') },
        { index: 0, function: fn('_weather') },
        { index: 0, function: fn(undefined, rome) },
      ],
      [one],
    ],
    [
      'whose name grows',
      [
        { ...weather, function: fn('get_', '') },
        { index: 0, function: fn('get_weather') },
        { index: 0, function: fn(undefined, rome) },
      ],
      [one],
    ],
    [
      'whose name grows past that of another tool',
      [
        { ...weather, function: fn('get', '') },
        { ...weather, function: fn('get_weather', '') },
        { index: 0, function: fn(undefined, rome) },
      ],
      [one],
    ],
    [
      'that repeat id and name',
      ['', '{"city":', '"Rome"}'].map((part) => ({
        ...weather,
        function: fn('get_weather', part),
      })),
      [one],
    ],
    [
      'with a new id in each part',
      ['{"city":', '"Rome"}'].map((part, at) => ({
        index: 0,
        id: `x${at}`,
        function: fn(at === 0 ? 'get_weather' : null, part),
      })),
      [one],
    ],
    [
      'with empty ids and names later',
      [
        { ...weather, function: fn('get_weather', '') },
        { index: 0, id: '', function: fn('', rome) },
      ],
      [one],
    ],
    [
      'without ids',
      [
        { index: 0, function: fn('now', '{}') },
        { index: 1, function: fn('add', rome) },
      ],
      ['now{}', `add${rome}`],
    ],
    [
      'two under one index',
      [
        { index: 0, id: 'a', function: fn('now', '') },
        { index: 0, id: 'b', function: fn('add', rome) },
      ],
      ['now{}', `add${rome}`],
    ],
    [
      'two under one index, without ids',
      [
        { index: 0, function: fn('now', '') },
        { index: 0, function: fn('add', rome) },
      ],
      ['now{}', `add${rome}`],
    ],
    [
      'twice the same under one index, without ids',
      [
        { index: 0, function: fn('add', '{"x":1}') },
        { index: 0, function: fn('add', '{"x":2}') },
      ],
      ['add{"x":1}', 'add{"x":2}'],
    ],
    [
      'two under one index that take turns',
      [
        { index: 0, id: 'a', function: fn('add', '{"x":') },
        { index: 0, id: 'b', function: fn('now', '{') },
        { index: 0, id: 'a', function: fn(null, '1}') },
        { index: 0, id: 'b', function: fn(null, '}') },
      ],
      ['add{"x":1}', 'now{}'],
    ],
    [
      'without an index',
      [
        { id: 'a', function: fn('add', '{"x":') },
        { function: fn(null, '1}') },
        { index: null, id: 'b', function: fn('now', '') },
      ],
      ['add{"x":1}', 'now{}'],
    ],
    [
      'with a text for an index, from 1, with a gap',
      [
        { index: '1', id: 'a', function: fn('add', '{"x":') },
        { index: 1, function: fn(null, '1}') },
        { index: 5, id: 'b', function: fn('now', '{}') },
      ],
      ['add{"x":1}', 'now{}'],
    ],
    [
      'with arguments as an object',
      [{ ...weather, function: fn('get_weather', { city: 'Rome' }) }],
      [one],
    ],
    [
      'with an empty object before their arguments',
      [
        { ...weather, function: fn('get_weather', '{}') },
        { index: 0, function: fn(null, '{"city":') },
        { index: 0, function: fn(null, '"Rome"}') },
      ],
      [one],
    ],
    [
      'with an empty object of its own before their arguments',
      [
        { ...weather, function: fn('get_weather', {}) },
        { ...weather, function: fn('get_weather', rome) },
      ],
      [one],
    ],
    [
      'with an empty object for arguments, twice',
      [
        { ...weather, function: fn('now', '{}') },
        { index: 1, id: 'b', function: fn('now', ' {} ') },
        { index: 1, function: fn(null, '{}') },
      ],
      ['now{}', 'now{}'],
    ],
    ['with null for arguments', [{ ...weather, function: fn('now', null) }], ['now{}']],
    [
      'with the whole arguments once more',
      [
        { ...weather, function: fn('get_weather', rome) },
        { index: 0, function: fn(null, rome) },
      ],
      [one],
    ],
    [
      'told once more at the end',
      [
        { ...weather, function: fn('get_weather', '{"city":') },
        { index: 0, function: fn(null, '"Rome"}') },
        { ...weather, function: fn('get_weather', rome) },
      ],
      [one],
    ],
  ])('%s come out as they are meant', (_name, parts, wanted) => {
    const outcome = streamed([...parts.map((part) => calls(part)), chunk({}, 'stop')])
    expect([called(outcome), finish(outcome)]).toEqual([wanted, 'tool_calls'])
    const ids = outcome.completion.choices[0]!.message.tool_calls!.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).not.toContain('')
  })

  it('go on behind a finish reason', () => {
    const parts = [
      calls({ ...weather, function: fn('get_weather', '{"city":') }),
      chunk({}, 'tool_calls'),
    ]
    expect(
      called(streamed([...parts, calls({ index: 0, function: fn(null, '"Rome"}') })])),
    ).toEqual([one])
  })

  it('of a whole answer have text for arguments, and end it', () => {
    for (const input of [{ city: 'Rome' }, rome]) {
      const outcome = whole(
        {
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: fn('get_weather', input) }],
        },
        'stop',
      )
      expect([called(outcome), finish(outcome)]).toEqual([[one], 'tool_calls'])
    }
  })

  it('of the older form are put together too', () => {
    const outcome = streamed([
      chunk({ function_call: fn('add', '{"x":') }),
      chunk({ function_call: { arguments: '1}' } }),
      chunk({}, 'stop'),
    ])
    const legacy = outcome.completion.choices[0]!.message['function_call']
    expect([legacy, finish(outcome)]).toEqual([
      { name: 'add', arguments: '{"x":1}' },
      'function_call',
    ])
  })
})

describe('a whole message', () => {
  const last = (message: Json) => ({
    ...head,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  })
  const add = { id: 'a', type: 'function', function: fn('add', '{"x":1}') }

  it('at the end of a stream says nothing twice', () => {
    const outcome = streamed([
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      last({ role: 'assistant', content: 'Hello' }),
    ])
    expect(said(outcome)).toBe('Hello')
  })

  it('stands for text that is in the choice itself', () => {
    const inChoice = (text: string, reason: string | null) => ({
      ...head,
      choices: [{ index: 0, text, finish_reason: reason }],
    })
    const outcome = streamed([inChoice('Hel', null), inChoice('lo', 'stop')])
    expect([said(outcome), finish(outcome)]).toEqual(['Hello', 'stop'])
  })

  it('in the place of a delta counts, with its calls', () => {
    const outcome = streamed([
      chunk({ content: 'Hello' }),
      last({ content: 'Hello', tool_calls: [add] }),
    ])
    expect([said(outcome), called(outcome), finish(outcome)]).toEqual([
      'Hello',
      ['add{"x":1}'],
      'tool_calls',
    ])
  })
})

describe('what is no text, no place and no time', () => {
  it.each([{}, [], 7, true, { text: 'x' }])('is no thought: %j', (odd) => {
    const delta = { content: 'a', reasoning_content: odd }
    for (const { completion } of [streamed([chunk(delta, 'stop')]), whole(delta, 'stop')]) {
      expect(completion.choices[0]!.message).not.toHaveProperty('reasoning_content')
    }
  })

  it.each([1e308, 2 ** 53 + 2, -1, 1.5, [], 'x'])('numbers no choice: %j', (index) => {
    const { completion } = streamed([chunk({ content: 'a' }, 'stop', index)])
    expect(completion.choices.map((one) => one.index)).toEqual([0])
  })

  it('numbers no choice of a whole answer, nor takes another’s place', () => {
    const choices = [1, 'x'].map((index) => ({
      index,
      message: { content: String(index) },
      finish_reason: 'stop',
    }))
    const deltas = chat!.decode(
      { ...head, choices },
      { model: 'm', messages: [] },
      { model: 'm', stream: false },
    )
    expect([...deltas].map(({ index, delta }) => [index, delta?.content])).toEqual([
      [0, '1'],
      [1, 'x'],
    ])
  })

  it.each([
    [1.5, 1],
    [1e308, envelope.created],
    [-1, envelope.created],
    ['x', envelope.created],
  ])('is no time: %j', (created, told) => {
    const { completion } = streamed([{ ...chunk({ content: 'a' }, 'stop'), created }])
    expect(completion.created).toBe(told)
  })
})

describe('text and thoughts', () => {
  it.each<[Json, string | null, string | undefined]>([
    [
      {
        content: [
          { type: 'text', text: 'a' },
          'b',
          { type: 'thinking', thinking: [{ type: 'text', text: 't' }] },
        ],
      },
      'ab',
      't',
    ],
    [{ content: { type: 'text', text: 'a' } }, 'a', undefined],
    [{ content: 'a', reasoning: 't' }, 'a', 't'],
    [{ content: 'a', reasoning: 't', reasoning_content: null }, 'a', 't'],
    [{ content: 'a', reasoning: 't', reasoning_content: 't' }, 'a', 't'],
    [{ content: 'a', reasoning_details: [{ type: 'reasoning.text', text: 't' }] }, 'a', 't'],
    [{ content: 'a', thinking: 't' }, 'a', 't'],
    [{ content: 42 }, '42', undefined],
  ])('of %j are told apart, streamed and whole', (message, content, thoughts) => {
    for (const outcome of [streamed([chunk(message), chunk({}, 'stop')]), whole(message, 'stop')]) {
      const { reasoning_content: told } = outcome.completion.choices[0]!.message
      expect([said(outcome), told ?? undefined]).toEqual([content, thoughts])
    }
  })

  it('keep a byte-order mark within', () => {
    expect(
      said(streamed([chunk({ content: 'a' }), chunk({ content: '\ufeffb' }), chunk({}, 'stop')])),
    ).toBe('a\ufeffb')
  })
})

describe('usage', () => {
  const counted = (usage: unknown) => ({ ...chunk({ content: 'x' }), usage })
  const usage = {
    prompt_tokens: 120,
    completion_tokens: 3,
    total_tokens: 123,
    prompt_tokens_details: { cached_tokens: 9 },
  }

  it.each([
    ['zeros', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, [120, 3]],
    ['a prompt of 0', { prompt_tokens: 0, completion_tokens: 9, total_tokens: 9 }, [120, 9]],
    ['negative counts', { prompt_tokens: -1, completion_tokens: 9 }, [120, 9]],
    ['counts in quotes', { prompt_tokens: '120', completion_tokens: '9' }, [120, 9]],
    ['nothing', null, [120, 3]],
  ])('that is followed by %s keeps what was counted', (_name, later, [prompt, completion]) => {
    const { completion: told } = streamed([counted(usage), counted(later), chunk({}, 'stop')])
    expect(told.usage).toMatchObject({
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt! + completion!,
      prompt_tokens_details: { cached_tokens: 9 },
    })
  })

  it('has numbers for counts in quotes, those of the details too', () => {
    const { completion: told } = streamed([
      counted({
        prompt_tokens: '7',
        completion_tokens: '3',
        total_tokens: '15',
        prompt_tokens_details: { cached_tokens: '4' },
        completion_tokens_details: { reasoning_tokens: '5' },
      }),
      counted({ prompt_tokens: '0', completion_tokens: '0', total_tokens: '0' }),
      chunk({}, 'stop'),
    ])
    expect(told.usage).toEqual({
      prompt_tokens: 7,
      completion_tokens: 8,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 5 },
    })
  })
})
