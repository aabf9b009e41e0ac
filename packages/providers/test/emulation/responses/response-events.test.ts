import { draftResponse } from '@sluice/core/internal'
import type {
  ChatCompletionChunk,
  ChatCompletionDelta,
  FinishReason,
  ResponseStreamEvent,
} from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import type { ToolTarget } from '../../../src/emulation/responses/chat-tools.ts'
import { ResponseEvents } from '../../../src/emulation/responses/response-events.ts'

type Said = ChatCompletionDelta | { finish: FinishReason } | { other: string }

function chunkOf(said: Said): ChatCompletionChunk {
  const finish = 'finish' in said ? (said.finish as FinishReason) : null
  const index = 'other' in said ? 1 : 0
  const delta = finish === null && index === 0 ? (said as ChatCompletionDelta) : { content: 'x' }
  const choice = { index, delta: finish === null ? delta : {}, finish_reason: finish }
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'vendor-model',
    choices: [choice],
  }
}

const TARGETS = new Map<string, ToolTarget>([
  ['agents__list', { kind: 'function', name: 'list', namespace: 'agents' }],
  ['exec', { kind: 'custom', name: 'exec', namespace: 'functions' }],
  ['local_shell', { kind: 'local_shell', name: 'local_shell' }],
  ['shell', { kind: 'shell', name: 'shell' }],
  ['apply_patch', { kind: 'apply_patch', name: 'apply_patch' }],
  ['tool_search', { kind: 'tool_search', name: 'tool_search' }],
])
const targetOf = (name: string) => TARGETS.get(name) ?? { kind: 'function' as const, name }
const called = (name: string, ...pieces: string[]): Said[] => [
  { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name, arguments: '' } }] },
  ...pieces.map((piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
]

const usage = {
  prompt_tokens: 5,
  completion_tokens: 7,
  total_tokens: 12,
  completion_tokens_details: { reasoning_tokens: 3 },
}

function play(...said: Said[]) {
  const draft = draftResponse(
    { model: 'm' },
    { id: 'resp_1', createdAt: 1, model: 'm', status: 'in_progress' },
  )
  const events = new ResponseEvents({ draft, idPart: 'x', targetOf })
  const all = said.flatMap((one) => events.add(chunkOf(one)))
  return { all: [...all, ...events.end(usage, 2)], response: events.response }
}

const typesOf = (all: readonly ResponseStreamEvent[]) =>
  all.map(({ type }) => type.replace(/^response\./, ''))
const text = (content: string): Said => ({ content })

describe('ResponseEvents', () => {
  it('tells a text from its creation to its completion', () => {
    const { all, response } = play({ role: 'assistant', content: '' }, text('Hel'), text('lo'), {
      finish: 'stop',
    })
    expect(typesOf(all)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
    expect(all.map((event) => event.sequence_number)).toEqual(all.map((_, index) => index))
    expect(response).toMatchObject({
      id: 'resp_1',
      status: 'completed',
      completed_at: 2,
      model: 'vendor-model',
      usage: {
        input_tokens: 5,
        output_tokens: 7,
        total_tokens: 12,
        output_tokens_details: { reasoning_tokens: 3 },
      },
    })
    expect(response.output).toEqual([all.at(-2)!['item']])
    expect(response.output[0]!['content']).toEqual([
      { type: 'output_text', text: 'Hello', annotations: [], logprobs: [] },
    ])
  })

  it('does not change what it has told before', () => {
    const draft = draftResponse(
      { model: 'm' },
      { id: 'resp_1', createdAt: 1, model: 'm', status: 'in_progress' },
    )
    const events = new ResponseEvents({ draft, idPart: 'x', targetOf })
    const first = events.add(chunkOf(text('Hel')))
    const before = JSON.stringify(first)
    events.add(chunkOf(text('lo')))
    events.end(usage, 2)
    expect(JSON.stringify(first)).toBe(before)
  })

  it('gives thoughts as a summary in an item of their own, before the text and after it', () => {
    const { all, response } = play(
      { reasoning_content: 'Hm' },
      { reasoning_content: 'm.' },
      text('Yes'),
      { reasoning_content: 'Sure?' },
      text('!'),
      { finish: 'stop' },
    )
    expect(typesOf(all).slice(2, 9)).toEqual([
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
    ])
    expect(response.output.map(({ type }) => type)).toEqual([
      'reasoning',
      'message',
      'reasoning',
      'message',
    ])
    expect(response.output[0]!['summary']).toEqual([{ type: 'summary_text', text: 'Hmm.' }])
    expect(new Set(response.output.map(({ id }) => id)).size).toBe(4)
  })

  it('gives calls, even when their arguments come in turns', () => {
    const { all, response } = play(
      text('Let me see.'),
      {
        tool_calls: [
          { index: 0, id: 'call_a', type: 'function', function: { name: 'f', arguments: '{"a"' } },
        ],
      },
      {
        tool_calls: [
          { index: 1, id: 'call_b', type: 'function', function: { name: 'g', arguments: '' } },
        ],
      },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
      { finish: 'tool_calls' },
    )
    const [message, first, second] = response.output
    expect(message).toMatchObject({ type: 'message', status: 'completed' })
    expect(first).toMatchObject({
      type: 'function_call',
      call_id: 'call_a',
      name: 'f',
      arguments: '{"a":1}',
      status: 'completed',
    })
    expect(second).toMatchObject({ call_id: 'call_b', name: 'g', arguments: '{}' })
    const deltas = all.filter(
      (event) =>
        event.type === 'response.function_call_arguments.delta' && event['output_index'] === 2,
    )
    expect(deltas.map((event) => event['delta'])).toEqual(['{}'])
  })

  it('gives a refusal as a part of its own', () => {
    const { all, response } = play({ refusal: 'I can' }, { refusal: 'not.' }, { finish: 'stop' })
    expect(typesOf(all).slice(3, 8)).toEqual([
      'content_part.added',
      'refusal.delta',
      'refusal.delta',
      'refusal.done',
      'content_part.done',
    ])
    expect(response.output[0]!['content']).toEqual([{ type: 'refusal', refusal: 'I cannot.' }])
  })

  it('gives citations with the text that they belong to', () => {
    const citation = { start_index: 0, end_index: 3, title: 'T', url: 'https://a.example' }
    const { all, response } = play(
      text('Yes'),
      { annotations: [{ type: 'url_citation', url_citation: citation }] },
      { finish: 'stop' },
    )
    expect(all.find((event) => event.type.endsWith('annotation.added'))).toMatchObject({
      annotation_index: 0,
      annotation: { type: 'url_citation', ...citation },
    })
    expect(response.output[0]!['content']).toMatchObject([
      { annotations: [{ url: 'https://a.example' }] },
    ])
  })

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ] as const)('is incomplete after %s', (finish, reason) => {
    const { all, response } = play(text('Hel'), { finish })
    expect(all.at(-1)!.type).toBe('response.incomplete')
    expect(response).toMatchObject({
      status: 'incomplete',
      completed_at: null,
      incomplete_details: { reason },
    })
    expect(response.output[0]!['status']).toBe('incomplete')
  })

  it('leaves arguments that were cut off as they are', () => {
    const call = {
      index: 0,
      id: 'c',
      type: 'function' as const,
      function: { name: 'f', arguments: '{"a' },
    }
    const { response } = play({ tool_calls: [call] }, { finish: 'length' })
    expect(response.output[0]).toMatchObject({ arguments: '{"a', status: 'incomplete' })
  })

  it('makes an empty message of an answer without a word', () => {
    expect(play({ finish: 'stop' }).response.output).toMatchObject([
      { type: 'message', content: [{ type: 'output_text', text: '' }] },
    ])
  })

  it('hears the first choice alone', () => {
    const { response } = play(text('Yes'), { other: 'No' }, { finish: 'stop' })
    expect(response.output[0]!['content']).toMatchObject([{ text: 'Yes' }])
  })

  it('gives a call of a function in a namespace by both names', () => {
    const { all, response } = play(...called('agents__list', '{}'), { finish: 'tool_calls' })
    const item = { type: 'function_call', call_id: 'c1', name: 'list', namespace: 'agents' }
    expect(response.output).toEqual([
      { ...item, id: 'fc_x0', arguments: '{}', status: 'completed' },
    ])
    expect(all.find(({ type }) => type === 'response.function_call_arguments.done')).toMatchObject({
      name: 'list',
    })
  })

  it('gives a call of a custom tool with its text, piece by piece', () => {
    const { all, response } = play(...called('exec', '{"inp', 'ut":"l', 's\\n\\u00', 'e4"', '}'), {
      finish: 'tool_calls',
    })
    expect(typesOf(all).slice(2)).toEqual([
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
      'completed',
    ])
    const item = { type: 'custom_tool_call', call_id: 'c1', name: 'exec', namespace: 'functions' }
    expect(response.output).toEqual([
      { ...item, id: 'ctc_x0', input: 'ls\nä', status: 'completed' },
    ])
    const deltas = all.filter(({ type }) => type === 'response.custom_tool_call_input.delta')
    expect(deltas.map(({ delta }) => delta)).toEqual(['l', 's\n', 'ä'])
    expect(new Set(deltas.map((event) => event['item_id']))).toEqual(new Set(['ctc_x0']))
  })

  it('marks a custom call that was cut off', () => {
    const { response } = play(...called('exec', '{"input":"l'), { finish: 'length' })
    expect(response.status).toBe('incomplete')
    expect(response.output).toMatchObject([{ input: 'l', status: 'incomplete' }])
  })

  it.each<[string, string, object]>([
    [
      'local_shell',
      '{"command":["ls","-a"],"working_directory":"/w","timeout_ms":5,"env":{"A":"b"}}',
      {
        id: 'lsh_x0',
        type: 'local_shell_call',
        action: {
          type: 'exec',
          command: ['ls', '-a'],
          working_directory: '/w',
          timeout_ms: 5,
          env: { A: 'b' },
        },
      },
    ],
    [
      'local_shell',
      '{"command":"ls -a"}',
      {
        id: 'lsh_x0',
        type: 'local_shell_call',
        action: { type: 'exec', command: ['bash', '-lc', 'ls -a'], env: {} },
      },
    ],
    [
      'shell',
      '{"commands":["ls","pwd"],"max_output_length":9}',
      {
        id: 'sh_x0',
        type: 'shell_call',
        action: { commands: ['ls', 'pwd'], timeout_ms: null, max_output_length: 9 },
        environment: { type: 'local' },
      },
    ],
    [
      'apply_patch',
      '{"type":"create_file","path":"a","diff":"+b"}',
      {
        id: 'apc_x0',
        type: 'apply_patch_call',
        operation: { type: 'create_file', path: 'a', diff: '+b' },
      },
    ],
    [
      'apply_patch',
      '{"type":"delete_file","path":"a","diff":"+b"}',
      { id: 'apc_x0', type: 'apply_patch_call', operation: { type: 'delete_file', path: 'a' } },
    ],
    [
      'tool_search',
      '{"query":"q"}',
      {
        id: 'tsc_x0',
        type: 'tool_search_call',
        execution: 'client',
        arguments: { query: 'q' },
      },
    ],
    [
      'tool_search',
      '{"query":',
      { id: 'tsc_x0', type: 'tool_search_call', execution: 'client', arguments: {} },
    ],
    [
      'shell',
      '["ls"]',
      {
        id: 'sh_x0',
        type: 'shell_call',
        action: { commands: [], timeout_ms: null, max_output_length: null },
        environment: { type: 'local' },
      },
    ],
  ])('gives a call of %s with %s as the client runs it', (name, given, wanted) => {
    const { all, response } = play(...called(name, ...given.split(/(?<=:)/)), {
      finish: 'tool_calls',
    })
    expect(typesOf(all).slice(2)).toEqual(['output_item.added', 'output_item.done', 'completed'])
    expect(response.output).toEqual([{ ...wanted, call_id: 'c1', status: 'completed' }])
    expect(all[2]).toMatchObject({ item: { type: `${name}_call`, status: 'in_progress' } })
  })
})
