import type {
  ChatCompletionChunk,
  ChatCompletionDelta,
  FinishReason,
  MessageStreamEvent,
} from '@sluice/core/wire'
import { createGate } from '@sluice/core'
import { ChunkBatch } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'
import { MessageEvents } from '../../../src/emulation/messages/message-events.ts'

const chunk = (
  delta: ChatCompletionDelta,
  finish_reason: FinishReason | null = null,
  more: object = {},
): ChatCompletionChunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'real-model',
  choices: [{ index: 0, delta, finish_reason, ...more }],
})
const call = (index: number, fn: object, more: object = {}) =>
  chunk({ tool_calls: [{ index, ...more, function: fn }] })
const usage = {
  prompt_tokens: 100,
  completion_tokens: 7,
  total_tokens: 107,
  prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
}

const batchOf = (chunks: readonly ChatCompletionChunk[]) => new ChunkBatch(chunks, createGate())
const made = (options: object) =>
  new MessageEvents({
    id: 'msg_1',
    model: 'm',
    keeps: true,
    showsThinking: true,
    stopSequences: ['STOP'],
    toolName: (name) => name,
    ...options,
  })

/** The events of a streamed message, and the same message as a whole. */
function told(turns: readonly (readonly ChatCompletionChunk[])[], options: object = {}) {
  const streamed = made({ keeps: false, ...options })
  const frames = turns.map((chunks) => streamed.add(batchOf(chunks))).join('') + streamed.end(usage)
  const events = frames
    .split('\n\n')
    .slice(0, -1)
    .map((frame) => {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame)!
      const event = JSON.parse(data!) as MessageStreamEvent
      expect(event.type).toBe(name)
      return event
    })
  const whole = made(options)
  for (const chunks of turns) expect(whole.add(batchOf(chunks))).toBe('')
  expect(whole.end(usage)).toBe('')
  return { events, message: whole.message(usage) }
}

/** What a client puts together of the events, as Anthropic's own does. */
function assembled(events: readonly MessageStreamEvent[]) {
  const content: Record<string, unknown>[] = []
  let open = -1
  for (const { type, index, content_block: block, delta } of events as readonly {
    type: string
    index: number
    content_block: Record<string, unknown>
    delta: Record<string, string>
  }[]) {
    if (type === 'content_block_start') {
      expect([open, index]).toEqual([-1, content.length])
      open = index
      content.push({ ...block, ...(block['type'] === 'tool_use' ? { input: '' } : {}) })
    }
    if (type === 'content_block_stop') {
      expect(index).toBe(open)
      open = -1
      const one = content[index]!
      if (one['type'] === 'tool_use') one['input'] = JSON.parse((one['input'] as string) || '{}')
    }
    if (type !== 'content_block_delta') continue
    expect(index).toBe(open)
    const one = content[index]!
    const field = {
      text_delta: 'text',
      thinking_delta: 'thinking',
      signature_delta: 'signature',
      input_json_delta: 'input',
    }[delta['type']!]!
    one[field] = String(one[field]) + (delta[field] ?? delta['partial_json']!)
  }
  expect(open).toBe(-1)
  return content
}

describe('the events of an emulated message', () => {
  it('come in Anthropic’s order, with what its clients cannot do without', () => {
    const { events } = told([
      [chunk({ role: 'assistant', content: '' })],
      [chunk({ reasoning_content: 'Hm' }), chunk({ reasoning_content: '.' })],
      [chunk({ content: 'A' }), chunk({ content: 'B' })],
      [chunk({ content: 'C' })],
      [call(0, { name: 'f', arguments: '' }, { id: 'call_a/1' })],
      [call(0, { arguments: '{"x"' }), call(0, { arguments: ':1}' })],
      [chunk({}, 'tool_calls')],
    ])
    expect(events).toEqual([
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'real-model',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: expect.objectContaining({ input_tokens: 0, output_tokens: 0 }) as unknown,
        },
      },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'thinking_delta', thinking: 'Hm' },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: '.' } },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'signature_delta', signature: expect.any(String) as string },
      },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'A' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'B' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'C' } },
      { type: 'content_block_stop', index: 1 },
      {
        type: 'content_block_start',
        index: 2,
        content_block: { type: 'tool_use', id: 'call_a/1', name: 'f', input: {} },
      },
      {
        type: 'content_block_delta',
        index: 2,
        delta: { type: 'input_json_delta', partial_json: '{"x"' },
      },
      {
        type: 'content_block_delta',
        index: 2,
        delta: { type: 'input_json_delta', partial_json: ':1}' },
      },
      { type: 'content_block_stop', index: 2 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', stop_sequence: null },
        usage: {
          input_tokens: 30,
          cache_creation_input_tokens: 10,
          cache_read_input_tokens: 60,
          output_tokens: 7,
        },
      },
      { type: 'message_stop' },
    ])
  })

  it.each<[string, ChatCompletionChunk[][]]>([
    [
      'one after another',
      [
        [call(0, { name: 'f', arguments: '{"a":1}' }, { id: 'a' })],
        [call(1, { name: 'g', arguments: '{}' }, { id: 'b' })],
      ],
    ],
    [
      'in turns',
      [
        [
          call(0, { name: 'f', arguments: '' }, { id: 'a' }),
          call(1, { name: 'g', arguments: '' }, { id: 'b' }),
        ],
        [call(0, { arguments: '{"a"' }), call(1, { arguments: '{' })],
        [call(1, { arguments: '}' }), call(0, { arguments: ':1}' })],
      ],
    ],
    [
      'with words in between',
      [
        [call(0, { name: 'f', arguments: '{"a"' }, { id: 'a' }), chunk({ content: 'Late.' })],
        [call(0, { arguments: ':1}' }), call(1, { name: 'g', arguments: '' }, { id: 'b' })],
      ],
    ],
  ])('keep calls apart that come %s', (how, turns) => {
    const { events, message } = told([...turns, [chunk({}, 'stop')]])
    const content = assembled(events)
    expect(content.slice(0, 2)).toEqual([
      { type: 'tool_use', id: 'a', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'b', name: 'g', input: {} },
    ])
    if (how.startsWith('with')) expect(content[2]).toEqual({ type: 'text', text: 'Late.' })
    expect(JSON.parse(JSON.stringify(message.content))).toEqual(content)
    expect(message.stop_reason).toBe('tool_use')
  })

  it.each<[FinishReason, object, string, string | null]>([
    ['stop', {}, 'end_turn', null],
    ['length', {}, 'max_tokens', null],
    ['content_filter', {}, 'refusal', null],
    ['tool_calls', {}, 'end_turn', null],
    ['stop', { stop_reason: 'STOP' }, 'stop_sequence', 'STOP'],
    ['stop', { matched_stop: 151643 }, 'end_turn', null],
  ])('say for %s %j why the message ended', (finish, more, reason, sequence) => {
    const { message } = told([[chunk({ content: 'a' }), chunk({}, finish, more)]])
    expect([message.stop_reason, message.stop_sequence]).toEqual([reason, sequence])
  })

  it('say a refusal in words, and that it is one', () => {
    const { message } = told([[chunk({ refusal: 'I will not.' }), chunk({}, 'stop')]])
    expect(message).toMatchObject({
      content: [{ type: 'text', text: 'I will not.' }],
      stop_reason: 'refusal',
    })
  })

  it('tell no thoughts to whom they were turned off', () => {
    const { message } = told([[chunk({ reasoning_content: 'Hm.' }), chunk({ content: 'A' })]], {
      showsThinking: false,
    })
    expect(message.content).toEqual([{ type: 'text', text: 'A' }])
  })

  it('are those of an empty message where nothing is said', () => {
    const { events, message } = told([[]])
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'message_delta',
      'message_stop',
    ])
    expect(message).toMatchObject({ content: [], stop_reason: 'end_turn', model: 'm' })
  })

  it('give a call that was cut what it has', () => {
    const { message } = told([
      [call(0, { name: 'f', arguments: '{"a":' }, { id: 'a' })],
      [chunk({}, 'length')],
    ])
    expect(message.stop_reason).toBe('max_tokens')
    expect(JSON.parse(JSON.stringify(message.content))).toEqual([
      { type: 'tool_use', id: 'a', name: 'f', input: { arguments: '{"a":' } },
    ])
  })
})
