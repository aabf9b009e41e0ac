import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatCompletionCreateParams } from '@sluice/core'
import { completionOf, events, fixture, translate } from './support.ts'

const weather = { type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }
const search: Partial<ChatCompletionCreateParams> = { web_search_options: {} }
const answerTool: Partial<ChatCompletionCreateParams> = {
  model: 'claude-3-7-sonnet-20250219',
  response_format: { type: 'json_schema', json_schema: { name: 'peak', schema: { type: 'object', properties: { peak: {} } } } },
}

const usage = (prompt: number, completion: number, more: object = {}) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  prompt_tokens_details: { cached_tokens: 0 },
  ...more,
})
const call = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } })
const webCitation = {
  type: 'web_search_result_location',
  cited_text: 'Mont Blanc, 4,806 m',
  url: 'https://peaks.example/alps',
  title: 'Peaks of the Alps',
  encrypted_index: 'Eo8BCioIAhgBIiQ',
}
const peaks = { url: 'https://peaks.example/alps', title: 'Peaks of the Alps' }

interface Case {
  readonly params?: Partial<ChatCompletionCreateParams>
  readonly message: object
  readonly finish: string
  readonly native: string
  readonly usage: object
  readonly choice?: object
  readonly more?: object
}

const cases: Readonly<Record<string, Case>> = {
  text: {
    message: { content: 'Grüße aus Zürich 🏔️,\n"schön" \\ nicht? \u2028 日本語' },
    finish: 'stop',
    native: 'end_turn',
    usage: usage(14, 27),
  },
  'parallel-calls': {
    message: {
      content: "I'll look both up.",
      tool_calls: [
        call('toolu_01AaAaAaAaAaAaAaAaAaAaAa', 'weather', '{"city": "Zürich", "unit": "c"}'),
        call('toolu_01BbBbBbBbBbBbBbBbBbBbBb', 'clock', '{}'),
        call('toolu_01CcCcCcCcCcCcCcCcCcCcCc', 'weather', '{"city": "Bern"}'),
      ],
    },
    finish: 'tool_calls',
    native: 'tool_use',
    usage: usage(1631, 96, { prompt_tokens_details: { cached_tokens: 1200, cache_write_tokens: 30 } }),
  },
  thinking: {
    message: {
      content: 'Let me see.',
      reasoning_content: 'The user wants the weather;\na tool has it.',
      thinking_blocks: [
        {
          type: 'thinking',
          thinking: 'The user wants the weather;\na tool has it.',
          signature: 'EqQBCkYIBxgCKkDx0Zm9vYmFy+/==',
        },
        { type: 'redacted_thinking', data: 'EvAFCoYBCAcYAipA' },
      ],
      tool_calls: [call('toolu_01DdDdDdDdDdDdDdDdDdDdDd', 'weather', '{"city": "Bern"}')],
    },
    finish: 'tool_calls',
    native: 'tool_use',
    usage: usage(88, 131, { completion_tokens_details: { reasoning_tokens: 70 } }),
  },
  citations: {
    params: search,
    message: {
      content: 'Searching. The highest is Mont Blanc; then the Dufourspitze.',
      annotations: [
        { type: 'url_citation', url_citation: { start_index: 26, end_index: 36, ...peaks }, citation: webCitation },
        { type: 'url_citation', url_citation: { start_index: 38, end_index: 59, ...peaks }, citation: webCitation },
        {
          type: 'url_citation',
          url_citation: { start_index: 38, end_index: 59, url: 'document:0', title: 'notes.txt' },
          citation: {
            type: 'char_location',
            cited_text: 'The Dufourspitze is Swiss.',
            document_index: 0,
            document_title: 'notes.txt',
            start_char_index: 0,
            end_char_index: 26,
          },
        },
      ],
    },
    finish: 'stop',
    native: 'end_turn',
    usage: usage(2310, 64, { server_tool_use: { web_search_requests: 1 } }),
  },
  refusal: {
    message: { content: '' },
    finish: 'content_filter',
    native: 'refusal',
    usage: usage(20, 4),
    choice: { stop_details: { type: 'refusal', category: 'bio', explanation: 'This request was blocked.' } },
  },
  'unknown-events': {
    message: { content: 'Still here.' },
    finish: 'stop',
    native: 'ran_out_of_ink',
    usage: usage(9, 5),
    more: {
      container: { id: 'container_01', expires_at: '2030-01-01T00:00:00Z' },
      context_management: { applied_edits: [] },
    },
  },
  'answer-tool': {
    params: answerTool,
    message: { content: '{"peak":"Dom","metres":4546}' },
    finish: 'stop',
    native: 'tool_use',
    usage: usage(55, 33),
  },
}

/** Arguments mean the same however they are spaced; a whole answer has no text of them. */
function comparable(completion: unknown): unknown {
  return JSON.parse(JSON.stringify(completion), (key, value: unknown) =>
    key === 'arguments' && typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
  )
}

describe.each(Object.entries(cases))('the answer "%s"', (name, expected) => {
  const { sse, message } = fixture(name)
  const whole = {
    id: (message as { id: string }).id,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: (message as { model: string }).model,
    ...expected.more,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', refusal: null, ...expected.message },
        finish_reason: expected.finish,
        logprobs: null,
        native_finish_reason: expected.native,
        ...expected.choice,
      },
    ],
    usage: expected.usage,
  }

  it('is told to a streaming client', () => {
    const { completion, failure } = translate([sse], expected.params)
    expect(failure).toBeUndefined()
    expect(completion).toEqual(whole)
  })

  it('is the same when it is not streamed', () => {
    expect(comparable(completionOf(message, expected.params))).toEqual(comparable(whole))
  })

  it('is the same however its bytes are split', () => {
    const { text } = translate([sse], expected.params)
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: sse.length - 1 }), { maxLength: 40 })
    fc.assert(
      fc.property(cuts, (offsets) => {
        const sorted = [0, ...offsets.toSorted((a, b) => a - b), sse.length]
        const pieces = sorted.slice(1).map((end, index) => sse.slice(sorted[index], end))
        expect(translate(pieces, expected.params).text).toBe(text)
      }),
      { numRuns: 60 },
    )
    expect(translate(Array.from(sse, (byte) => Uint8Array.of(byte)), expected.params).text).toBe(text)
  })

  it('is never taken for whole while its end is missing', () => {
    const end = new TextDecoder('latin1').decode(sse).lastIndexOf('event: message_delta')
    for (const share of [0.3, 0.6, 0.9]) {
      const { failure } = translate([sse.slice(0, Math.floor(end * share))], expected.params)
      expect(failure).toBeDefined()
    }
  })
})

const start = { type: 'message_start', message: { id: 'msg_1', model: 'claude-x', content: [], usage: { input_tokens: 3 } } }
const openText = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
const say = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const stop = (reason: string) => ({ type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: 2 } })
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
    expect(completion.choices[0]).toMatchObject({ finish_reason: finish, native_finish_reason: reason })
  })

  it('tells which stop sequence was met', () => {
    const end = { type: 'message_delta', delta: { stop_reason: 'stop_sequence', stop_sequence: '###' } }
    const { completion } = translate([events(start, openText, say('x'), end, done)])
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', stop_sequence: '###' })
  })

  it('counts by the last totals, and keeps what they leave out', () => {
    const first = { ...start, message: { ...start.message, usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 } } }
    const running = { type: 'message_delta', delta: {}, usage: { output_tokens: 7 } }
    const last = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: 12, output_tokens: 9, cache_read_input_tokens: null } }
    const { completion } = translate([events(first, openText, say('x'), running, last, done)])
    expect(completion.usage).toEqual({
      prompt_tokens: 17,
      completion_tokens: 9,
      total_tokens: 26,
      prompt_tokens_details: { cached_tokens: 5 },
    })
  })

  it('may begin twice', () => {
    const { completion } = translate([events(start, { ...start, message: { ...start.message, id: 'msg_2' } }, openText, say('x'), stop('end_turn'), done)])
    expect(completion).toMatchObject({ id: 'msg_1', choices: [{ message: { content: 'x' } }] })
  })

  it('may bring content with its beginning', () => {
    const content = [
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: 'toolu_1', name: 'clock', input: { zone: 'CET' } },
    ]
    const { completion } = translate([events({ ...start, message: { ...start.message, content } }, stop('tool_use'), done)])
    expect(completion.choices[0]!.message).toMatchObject({
      content: 'Hi',
      tool_calls: [call('toolu_1', 'clock', '{"zone":"CET"}')],
    })
  })

  it('takes an input that is there from the beginning, and deltas instead of it', () => {
    const open = (index: number) => ({
      type: 'content_block_start',
      index,
      content_block: { type: 'tool_use', id: `toolu_${index}`, name: 'clock', input: { zone: 'CET' } },
    })
    const grow = { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"zone":"UTC"}' } }
    const close = (index: number) => ({ type: 'content_block_stop', index })
    const { completion } = translate([events(start, open(0), close(0), open(1), grow, close(1), stop('tool_use'), done)])
    expect(completion.choices[0]!.message.tool_calls?.map((one) => one.function.arguments)).toEqual(['{"zone":"CET"}', '{"zone":"UTC"}'])
  })

  it('shows nothing of the calls that the vendor makes itself', () => {
    const open = { type: 'content_block_start', index: 0, content_block: { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'read', input: {} } }
    const grow = { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } }
    const { chunks, completion } = translate([events(start, open, grow, { type: 'content_block_stop', index: 0 }, stop('end_turn'), done)])
    expect(chunks.flatMap((chunk) => chunk.choices.flatMap((choice) => choice.delta.tool_calls ?? []))).toEqual([])
    expect(completion.choices[0]!.message.content).toBe('')
  })

  it('gives tools the names that the client knows', () => {
    const dotted = { type: 'function' as const, function: { name: 'geo.weather' } }
    const open = { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'toolu_1', name: 'geo_weather', input: {} } }
    const { completion } = translate([events(start, open, stop('tool_use'), done)], { tools: [dotted] })
    expect(completion.choices[0]!.message.tool_calls).toEqual([call('toolu_1', 'geo.weather', '{}')])
  })

  it('shows the words where the model did not call the tool that stands for the answer', () => {
    const { completion } = translate([events(start, openText, say('I would '), say('rather not.'), stop('end_turn'), done)], answerTool)
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'I would rather not.' } })
  })

  it('keeps calls of the client beside the tool that stands for the answer', () => {
    const open = { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} } }
    const grow = { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"city":"Bern"}' } }
    const { completion } = translate([events(start, open, grow, stop('tool_use'), done)], { ...answerTool, tools: [weather] })
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [call('toolu_1', 'weather', '{"city":"Bern"}')] },
    })
  })

  it('fails with the status that an error event stands for', () => {
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    expect(translate([events(start, overloaded)]).failure).toMatchObject({ status: 503, message: 'Overloaded' })
    const limited = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }
    const broken = translate([events(start, openText, say('Once'), limited)])
    expect(broken.failure).toMatchObject({ status: 429, message: 'Slow down' })
    expect(broken.text).toContain('Once')
    expect(broken.text).not.toContain('"finish_reason":"stop"')
  })

  it('survives events that hold nothing of what they should', () => {
    const junk = [
      { type: 'message_start' },
      { type: 'content_block_start', index: 7 },
      { type: 'content_block_delta', index: 7, delta: { type: 'text_delta', text: 'nobody opened this' } },
      { type: 'content_block_delta', index: 0, delta: null },
      { type: 'content_block_stop' },
      { type: 'message_delta' },
      { type: '' },
    ]
    const { completion } = translate([events(...junk, start, openText, say('x'), ...junk.slice(1), stop('end_turn'), done)])
    expect(completion).toMatchObject({ id: 'msg_1', choices: [{ message: { content: 'x' } }] })
  })
})

describe('an answer that was not streamed', () => {
  it('is refused where it is no message', () => {
    expect(() => completionOf({ completion: ' Hello' })).toThrow(TypeError)
    expect(() => completionOf([])).toThrow(TypeError)
  })

  it('ends as complete where it does not say how it ended', () => {
    const completion = completionOf({ id: 'msg_1', content: [{ type: 'text', text: 'x' }], stop_reason: null })
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'x' } })
  })
})
