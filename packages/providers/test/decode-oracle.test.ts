import { createGate } from '@sluice/core'
import { openaiCompatibleSpec, type ProviderSpec } from '@sluice/providers'
import {
  CompletionAccumulator,
  ChatStreamDecoder,
  KnownEvents,
  type ChatDecoder,
} from '@sluice/sse-stream/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/support/runs.ts'
import { anthropicSpec } from '../src/vendors/anthropic/anthropic.ts'
import { geminiSpec } from '../src/vendors/gemini/gemini-spec.ts'

const SEED = 20_260_713
const encoder = new TextEncoder()
const pick = <T>(...values: T[]) => fc.constantFrom(...values)
const text = pick('', 'a', ' b', '\ufeffc', '"\\', '你好', '\n\ndata: x', '{"x":')
const sse = (json: unknown, name = '') =>
  `${name === '' ? '' : `event: ${name}\n`}data: ${JSON.stringify(json)}\n\n`

/** Chat chunks, with what alikes do to them. */
const index = pick<unknown>(0, 0, 0, 1, undefined, null, '0')
const call = fc.record(
  {
    index,
    id: pick<unknown>('a', 'a', 'b', '', null),
    type: pick('function'),
    function: fc.record(
      {
        name: pick<unknown>('f', 'f', 'g', '', null),
        arguments: pick<unknown>('{"k":', '1}', '{}', '', { k: 1 }, null),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)
const delta = fc.oneof(
  { weight: 6, arbitrary: fc.record({ content: text }) },
  { weight: 2, arbitrary: fc.record({ reasoning_content: text }) },
  { weight: 4, arbitrary: fc.record({ tool_calls: fc.array(call, { maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ role: pick('assistant'), content: text }) },
  { weight: 1, arbitrary: fc.constant({}) },
)
const reason = fc.oneof(
  { weight: 8, arbitrary: pick<unknown>(null) },
  pick<unknown>('stop', 'tool_calls', '', 'null'),
)
const alikeEvent = fc
  .record({
    id: fc.oneof({ weight: 9, arbitrary: pick('c1') }, pick('c2', '')),
    delta,
    reason,
    at: fc.oneof({ weight: 9, arbitrary: pick(0) }, pick(1)),
    shape: fc.nat(30),
  })
  .map(({ id, delta: said, reason: finish, at, shape }) => {
    const head = { id, object: 'chat.completion.chunk', created: shape === 1 ? 2 : 1, model: 'm' }
    const choice = { index: at, [shape === 2 ? 'message' : 'delta']: said, finish_reason: finish }
    const usage =
      shape === 3 ? { usage: { prompt_tokens: 3, completion_tokens: 0, total_tokens: 3 } } : {}
    const event = sse({ ...head, choices: [choice], ...usage })
    if (shape === 4) return event.replace('"content":', '"content":"twice","content":')
    return shape === 5 ? event.replace('"id":', '"id" : ') : event
  })

/** Claude's events, some of blocks that are closed, or open twice. */
const block = pick(0, 0, 1)
const claudeEvent = fc
  .oneof(
    fc.record({
      type: pick('content_block_start'),
      index: block,
      content_block: pick<object>(
        { type: 'text', text: '' },
        { type: 'tool_use', id: 't1', name: 'f', input: {} },
        { type: 'tool_use', id: 't2', name: 'g', input: { k: 1 } },
        { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      ),
    }),
    {
      weight: 5,
      arbitrary: fc.record({
        type: pick('content_block_delta'),
        index: block,
        delta: fc.record({ type: pick('text_delta'), text }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: pick('content_block_delta'),
        index: block,
        delta: fc.record({ type: pick('input_json_delta'), partial_json: pick('', '{"k":', '1}') }),
      }),
    },
    fc.record({ type: pick('content_block_stop'), index: block }),
    fc.record({ type: pick('ping') }),
    fc.record({
      type: pick('message_delta'),
      delta: pick({ stop_reason: 'end_turn' }, { stop_reason: 'tool_use' }),
      usage: pick({ input_tokens: 0, output_tokens: 4 }),
    }),
  )
  .map((event: { readonly type: string }) => sse(event, event.type))
const claudeStart = sse(
  {
    type: 'message_start',
    message: { id: 'm1', model: 'c', content: [], usage: { input_tokens: 9, output_tokens: 1 } },
  },
  'message_start',
)

/** Gemini's events, each a response, some of them with an end that is none. */
const part = fc.oneof(
  { weight: 5, arbitrary: fc.record({ text }) },
  fc.record({ text, thought: pick(true) }),
  fc.record({ functionCall: pick({ name: 'f', args: { k: 1 } }, { name: 'g' }) }),
)
const geminiEvent = fc
  .record({
    parts: fc.array(part, { maxLength: 2 }),
    reason: pick<unknown>(undefined, undefined, undefined, 'STOP', 'MAX_TOKENS'),
    total: pick(5, 5, 6),
  })
  .map(({ parts, reason: finishReason, total }) =>
    sse({
      candidates: [{ index: 0, content: { role: 'model', parts }, finishReason }],
      usageMetadata: {
        promptTokenCount: 4,
        candidatesTokenCount: total - 4,
        totalTokenCount: total,
      },
      modelVersion: 'g',
      responseId: 'r1',
    }),
  )

interface Dialect {
  readonly name: string
  readonly spec: ProviderSpec
  readonly event: fc.Arbitrary<string>
  readonly begin: string
  readonly end: string
}

const dialects: readonly Dialect[] = [
  {
    name: 'OpenAI',
    spec: openaiCompatibleSpec({ id: 'x', baseURL: 'http://x' }),
    event: alikeEvent,
    begin: '',
    end: 'data: [DONE]\n\n',
  },
  {
    name: 'Anthropic',
    spec: anthropicSpec(),
    event: claudeEvent,
    begin: claudeStart,
    end: sse({ type: 'message_stop' }, 'message_stop'),
  },
  { name: 'Gemini', spec: geminiSpec(), event: geminiEvent, begin: '', end: '' },
]

/** What a client puts together from a stream that arrives in these pieces. */
function outcome(decoder: ChatDecoder, pieces: readonly Uint8Array[], known?: KnownEvents) {
  const envelope = { id: 'own', created: 1, model: 'own' }
  const translator = new ChatStreamDecoder({
    decoder,
    envelope,
    gate: createGate(),
    includeUsage: true,
    known,
  })
  const accumulator = new CompletionAccumulator()
  let said = ''
  const take = (batches: ReturnType<ChatStreamDecoder['end']>) => {
    for (const batch of batches) {
      for (const chunk of batch.chunks()) {
        accumulator.add(chunk)
        for (const choice of chunk.choices)
          if (choice.index === 0) said += choice.delta.content ?? ''
      }
    }
  }
  for (const piece of pieces) {
    const batch = translator.push(piece)
    if (batch !== undefined) take([batch])
    translator.recycle()
  }
  if (translator.failure === undefined) take(translator.end())
  return { completion: accumulator.result(), said, failure: translator.failure?.code }
}

describe.each(dialects)('$name streams', ({ spec, event, begin, end }) => {
  const fresh = () => spec.chat!.decoder({ model: 'm', messages: [] }, { model: 'm', stream: true })
  const plain = (): ChatDecoder => {
    const decoder = fresh()
    return { verbatim: [], decode: (json, given) => decoder.decode(json, given) }
  }

  it('mean the same by their learned shapes, in any pieces, as event by event', () => {
    const known = new KnownEvents()
    const isEnded = fc.boolean()
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 14 }),
        fc.array(fc.nat(5000), { maxLength: 20 }),
        isEnded,
        (list, offsets, ended) => {
          const stream =
            begin + list.map(([one, times]) => one.repeat(times)).join('') + (ended ? end : '')
          const bytes = encoder.encode(stream)
          const wanted = outcome(plain(), [bytes])
          const cuts = [
            ...new Set([0, ...offsets.filter((at) => at < bytes.length), bytes.length]),
          ].sort((a, b) => a - b)
          const pieces = cuts.slice(1).map((to, at) => bytes.slice(cuts[at], to))
          expect(outcome(fresh(), [bytes])).toEqual(wanted)
          expect(outcome(fresh(), pieces)).toEqual(wanted)
          expect(outcome(fresh(), pieces, known)).toEqual(wanted)
        },
      ),
      { seed: SEED, numRuns: runs(600) },
    )
  })
})
