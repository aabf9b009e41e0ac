import { describe, expect, it } from 'vitest'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { completionOf, events, fixture, translate } from './support.ts'

const weather = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object' } },
}
const answerTool: Partial<ChatCompletionCreateParams> = {
  model: 'claude-3-7-sonnet-20250219',
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'peak', schema: { type: 'object', properties: { peak: {} } } },
  },
}

const call = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})

const start = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-x', content: [], usage: { input_tokens: 3 } },
}
const openText = {
  type: 'content_block_start',
  index: 0,
  content_block: { type: 'text', text: '' },
}
const say = (text: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
})
const stop = (reason: string) => ({
  type: 'message_delta',
  delta: { stop_reason: reason },
  usage: { output_tokens: 2 },
})
const done = { type: 'message_stop' }

describe('a streamed answer', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['pause_turn', 'stop'],
    ['compaction', 'stop'],
    ['constructor', 'stop'],
    // Without a call there is none to be made.
    ['tool_use', 'stop'],
  ])('that ends by %s ends with %s', (reason, finish) => {
    const { completion } = translate([events(start, openText, say('x'), stop(reason), done)])
    expect(completion.choices[0]).toMatchObject({
      finish_reason: finish,
      native_finish_reason: reason,
    })
  })

  it('tells which stop sequence was met', () => {
    const end = {
      type: 'message_delta',
      delta: { stop_reason: 'stop_sequence', stop_sequence: '###' },
    }
    const { completion } = translate([events(start, openText, say('x'), end, done)])
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', stop_sequence: '###' })
  })

  it('counts by the last totals, and keeps what they leave out', () => {
    const first = {
      ...start,
      message: {
        ...start.message,
        usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 },
      },
    }
    const running = { type: 'message_delta', delta: {}, usage: { output_tokens: 7 } }
    const last = {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 12, output_tokens: 9, cache_read_input_tokens: null },
    }
    const { completion } = translate([events(first, openText, say('x'), running, last, done)])
    expect(completion.usage).toEqual({
      prompt_tokens: 17,
      completion_tokens: 9,
      total_tokens: 26,
      prompt_tokens_details: { cached_tokens: 5 },
    })
  })

  it('may begin twice', () => {
    const { completion } = translate([
      events(
        start,
        { ...start, message: { ...start.message, id: 'msg_2' } },
        openText,
        say('x'),
        stop('end_turn'),
        done,
      ),
    ])
    expect(completion).toMatchObject({ id: 'msg_1', choices: [{ message: { content: 'x' } }] })
  })

  it('may bring content with its beginning', () => {
    const content = [
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: 'toolu_1', name: 'clock', input: { zone: 'CET' } },
    ]
    const { completion } = translate([
      events({ ...start, message: { ...start.message, content } }, stop('tool_use'), done),
    ])
    expect(completion.choices[0]!.message).toMatchObject({
      content: 'Hi',
      tool_calls: [call('toolu_1', 'clock', '{"zone":"CET"}')],
    })
  })

  it('takes an input that is there from the beginning, and deltas instead of it', () => {
    const open = (index: number) => ({
      type: 'content_block_start',
      index,
      content_block: {
        type: 'tool_use',
        id: `toolu_${index}`,
        name: 'clock',
        input: { zone: 'CET' },
      },
    })
    const grow = {
      type: 'content_block_delta',
      index: 1,
      delta: { type: 'input_json_delta', partial_json: '{"zone":"UTC"}' },
    }
    const close = (index: number) => ({ type: 'content_block_stop', index })
    const { completion } = translate([
      events(start, open(0), close(0), open(1), grow, close(1), stop('tool_use'), done),
    ])
    expect(
      completion.choices[0]!.message.tool_calls?.map((one) => one.function?.arguments),
    ).toEqual(['{"zone":"CET"}', '{"zone":"UTC"}'])
  })

  it('shows nothing of the calls that the vendor makes itself', () => {
    const open = {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'read', input: {} },
    }
    const grow = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"a":1}' },
    }
    const { chunks, completion } = translate([
      events(start, open, grow, { type: 'content_block_stop', index: 0 }, stop('end_turn'), done),
    ])
    expect(
      chunks.flatMap((chunk) => chunk.choices.flatMap((choice) => choice.delta.tool_calls ?? [])),
    ).toEqual([])
    expect(completion.choices[0]!.message.content).toBe('')
  })

  it('gives tools the names that the client knows', () => {
    const dotted = { type: 'function' as const, function: { name: 'geo.weather' } }
    const open = {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'geo_weather', input: {} },
    }
    const { completion } = translate([events(start, open, stop('tool_use'), done)], {
      tools: [dotted],
    })
    expect(completion.choices[0]!.message.tool_calls).toEqual([
      call('toolu_1', 'geo.weather', '{}'),
    ])
  })

  it('shows the words where the model did not call the tool that stands for the answer', () => {
    const { completion } = translate(
      [events(start, openText, say('I would '), say('rather not.'), stop('end_turn'), done)],
      answerTool,
    )
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'I would rather not.' },
    })
  })

  it('keeps calls of the client beside the tool that stands for the answer', () => {
    const open = {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
    }
    const grow = {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"city":"Bern"}' },
    }
    const { completion } = translate([events(start, open, grow, stop('tool_use'), done)], {
      ...answerTool,
      tools: [weather],
    })
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [call('toolu_1', 'weather', '{"city":"Bern"}')] },
    })
  })

  it('gives a citation that nobody asked for no place, because its text was not counted', () => {
    const { sse } = fixture('citations')
    const { annotations } = translate([sse]).completion.choices[0]!.message
    expect(annotations).toHaveLength(3)
    for (const { url_citation: cited } of annotations!)
      expect(cited).toMatchObject({ start_index: 0, end_index: 0 })
  })

  it('fails with the status that an error event stands for', () => {
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    expect(translate([events(start, overloaded)]).failure).toMatchObject({
      status: 503,
      message: 'Overloaded',
    })
    const limited = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }
    const broken = translate([events(start, openText, say('Once'), limited)])
    expect(broken.failure).toMatchObject({ status: 429, message: 'Slow down' })
    expect(broken.text).toContain('Once')
    expect(broken.text).not.toContain('"finish_reason":"stop"')
  })

  it('counts what is said in quotes', () => {
    const first = {
      ...start,
      message: { ...start.message, usage: { input_tokens: '25', output_tokens: '1' } },
    }
    const last = { ...stop('end_turn'), usage: { input_tokens: '0', output_tokens: '7' } }
    const { usage } = translate([events(first, openText, say('x'), last, done)]).completion
    expect(usage).toMatchObject({ prompt_tokens: 25, completion_tokens: 7, total_tokens: 32 })
  })

  it('tells each thought once, though it ends twice', () => {
    const think = (index: number) => [
      { type: 'content_block_start', index, content_block: { type: 'thinking', thinking: '' } },
      {
        type: 'content_block_delta',
        index,
        delta: { type: 'thinking_delta', thinking: `hm${index}` },
      },
      {
        type: 'content_block_delta',
        index,
        delta: { type: 'signature_delta', signature: `s${index}` },
      },
      { type: 'content_block_stop', index },
    ]
    const thought = (index: number) => ({
      type: 'thinking',
      thinking: `hm${index}`,
      signature: `s${index}`,
    })
    const twice = translate([
      events(
        start,
        ...think(1),
        openText,
        say('x'),
        stop('end_turn'),
        say('y'),
        ...think(2),
        stop('end_turn'),
        done,
      ),
    ])
    const again = translate([
      events(start, ...think(1), openText, say('x'), stop('end_turn'), stop('end_turn'), done),
    ])
    const told = [twice, again].map(
      ({ completion }) => completion.choices[0]!.message['thinking_blocks'],
    )
    expect(told).toEqual([[thought(1), thought(2)], [thought(1)]])
  })

  it.each([
    ['twice', [stop('end_turn'), stop('end_turn')]],
    ['without a reason', [{ type: 'message_delta', delta: { stop_reason: null } }]],
    ['without a word', []],
  ])('that is text in spite of a tool for the answer comes once where it ends %s', (_how, ends) => {
    const { completion } = translate([events(start, openText, say('x'), ...ends, done)], answerTool)
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'x' },
    })
  })

  it('survives events that hold nothing of what they should', () => {
    const junk = [
      { type: 'message_start' },
      { type: 'content_block_start', index: 7 },
      {
        type: 'content_block_delta',
        index: 7,
        delta: { type: 'text_delta', text: 'nobody opened this' },
      },
      { type: 'content_block_delta', index: 0, delta: null },
      { type: 'content_block_stop' },
      { type: 'message_delta' },
      { type: '' },
    ]
    const { completion } = translate([
      events(...junk, start, openText, say('x'), ...junk.slice(1), stop('end_turn'), done),
    ])
    expect(completion).toMatchObject({ id: 'msg_1', choices: [{ message: { content: 'x' } }] })
  })
})

describe('an answer that was not streamed', () => {
  it('is refused where it is no message', () => {
    expect(() => completionOf({ completion: ' Hello' })).toThrow(TypeError)
    expect(() => completionOf([])).toThrow(TypeError)
  })

  it('ends as complete where it does not say how it ended', () => {
    const completion = completionOf({
      id: 'msg_1',
      content: [{ type: 'text', text: 'x' }],
      stop_reason: null,
    })
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'x' },
    })
  })
})
