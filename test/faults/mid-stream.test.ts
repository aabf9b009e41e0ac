import {
  faultResponse,
  faultHead,
  faultStream,
  type Fault,
  type FaultSample,
  type FaultStep,
} from '@sluice/conformance'
import { describe, expect, it } from 'vitest'
import { faultGateway } from '../support/fault-gateway.ts'
import { turnWatch } from '../support/turn-watch.ts'

const WHOLE = 'Hello from a vendor 🌍.'
const frame = (chunk: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...chunk })}\n\n`
const says = (delta: object, index = 0, finishReason: string | null = null) =>
  frame({ choices: [{ index, delta, finish_reason: finishReason }] })
const toolCall = (index: number, fields: object) => says({ tool_calls: [{ index, ...fields }] })
const DONE = 'data: [DONE]\n\n'
const reset: readonly FaultStep[] = [{ do: 'wait', ms: 5 }, { do: 'reset' }]
/** All of the sample up to its last word, without finish reason, usage and end. */
const words = ({ events }: FaultSample) => events.slice(0, -3)

const faults: Readonly<Record<string, Fault>> = {
  'reset-after-one': (_request, { events }) => faultStream(events.slice(0, 2), { finally: reset }),
  'reset-in-tool-call': () =>
    faultStream(
      [
        toolCall(0, {
          id: 'call_1',
          type: 'function',
          function: { name: 'weather', arguments: '' },
        }),
        toolCall(0, { function: { arguments: '{"city":"Par' } }),
      ],
      { finally: reset },
    ),
  'reset-after-finish': (_request, { events }) =>
    faultStream(events.slice(0, -2), { finally: reset }),
  'reset-before-done': (_request, { events }) =>
    faultStream(events.slice(0, -1), { finally: reset }),
  'silent-after-finish': (_request, { events }) =>
    faultStream(events.slice(0, -2), { finally: [{ do: 'stall' }] }),
  'end-after-finish': (_request, { events }) => faultStream(events.slice(0, -2)),
  'done-without-finish': (_request, sample) => faultStream([...words(sample), DONE]),
  'end-in-an-event': (_request, sample) => faultStream([...words(sample), 'data: {"choi']),
  'json-error-mid-stream': (_request, sample) =>
    faultStream([
      ...words(sample),
      '{"error":{"message":"The model is on fire.","type":"server_error"}}\n',
    ]),
  'named-error': (_request, sample) =>
    faultStream([
      ...words(sample),
      'event: error\ndata: {"error":{"message":"Slow down.","type":"rate_limit_error"}}\n\n',
    ]),
  'error-with-line-ends': () =>
    faultStream([
      `data: ${JSON.stringify({ error: { message: 'a\r\ndata: [DONE]\n\nset-cookie: b', code: 'x\r\ny: z' } })}\n\n`,
    ]),
  'model-with-line-ends': (_request, { events }) =>
    faultStream(events.map((event) => event.replace('sample-1', 'a\\r\\nx: y'))),
  'content-as-events': () =>
    faultStream([
      says({ content: 'a\n\ndata: [DONE]\n\nevent: error\r\rb' }),
      says({}, 0, 'stop'),
      DONE,
    ]),
  'two-finishes': () =>
    faultStream([
      says({ content: 'a' }),
      says({}, 0, 'stop'),
      says({ content: 'late' }),
      says({}, 0, 'length'),
      DONE,
    ]),
  'two-dones': (_request, { events }) => faultStream([...events, DONE, says({ content: 'late' })]),
  'choices-in-turn': () =>
    faultStream([
      says({ content: 'one' }, 1),
      says({ content: 'zero' }),
      says({}, 1, 'stop'),
      frame({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
      says({}, 0, 'stop'),
      DONE,
    ]),
  'tools-in-turn': () =>
    faultStream([
      toolCall(0, { id: 'call_a', type: 'function', function: { name: 'a', arguments: '' } }),
      toolCall(1, { id: 'call_b', type: 'function', function: { name: 'b', arguments: '' } }),
      toolCall(1, { function: { arguments: '{"b":' } }),
      toolCall(0, { function: { arguments: '{"a":1}' } }),
      toolCall(1, { function: { arguments: '2}' } }),
      says({}, 0, 'tool_calls'),
      DONE,
    ]),
  'wrong-usage': (_request, sample) =>
    faultStream([
      ...sample.events.slice(0, -2),
      frame({
        choices: [],
        usage: { prompt_tokens: -5, completion_tokens: '7', total_tokens: 1e30 },
      }),
      DONE,
    ]),
  'long-event': () =>
    faultStream([
      says({ content: 'a' }),
      says({ content: 'x'.repeat(10 * 1024 * 1024) }),
      says({}, 0, 'stop'),
      DONE,
    ]),
  'no-line-ends': () =>
    faultStream([says({ content: 'a' })], {
      finally: [
        { do: 'send', bytes: `100000\r\n${'x'.repeat(1024 * 1024)}\r\n`, times: 100 },
        { do: 'half-close' },
      ],
    }),
  'tiny-chunks': () =>
    faultStream([says({ content: 'x' }).repeat(50_000), says({}, 0, 'stop'), DONE]),
  drip: (_request, { events }) => faultStream([events.join('')], { everyBytes: 7 }),
}

const cacheKinds = [
  { cache: 'without a cache', cached: false },
  { cache: 'behind a cache', cached: true },
]

describe.each(cacheKinds)('a stream that breaks after the first byte, $cache', ({ cached }) => {
  it.each([
    ['reset-after-one', 'Hello', 'stream_incomplete'],
    ['reset-mid-answer', 'Hello from a vendor', 'stream_incomplete'],
    ['half-close-mid-answer', 'Hello from a vendor', 'stream_incomplete'],
    ['reset-in-tool-call', '', 'stream_incomplete'],
    ['end-mid-stream', 'Hello from a vendor', 'stream_incomplete'],
    ['end-in-an-event', WHOLE, 'stream_incomplete'],
    ['not-json-mid-stream', 'Hello from a vendor', 'stream_incomplete'],
    ['html-mid-stream', 'Hello from a vendor', 'stream_incomplete'],
    ['json-error-mid-stream', WHOLE, 'stream_incomplete'],
    ['error-mid-stream', 'Hello from a vendor', 'upstream_error'],
    ['named-error', WHOLE, 'rate_limit_exceeded'],
    ['comment-flood', 'Hello from a vendor', 'stream_incomplete'],
    ['endless-line', 'Hello from a vendor', 'stream_incomplete'],
    ['no-line-ends', 'a', 'stream_incomplete'],
    ['long-event', 'a', 'stream_incomplete'],
  ])('says so after what was said: %s', async (fault, said, code) => {
    await using gateway = await faultGateway({ faults, cached })
    for (const asked of [1, 2]) {
      const got = await gateway.chat(`fault:${fault}`, { stream: true })
      expect([got.status, got.said, got.error?.code, got.isWhole]).toEqual([200, said, code, true])
      // The error is the last thing said, once.
      expect(got.events.filter((event) => event.startsWith('{"error"'))).toHaveLength(1)
      expect(got.events.at(-1)).toMatch(/^\{"error":/)
      expect(got.text).not.toContain('[DONE]')
      expect(gateway.vendor.requests).toHaveLength(asked)
    }
  })

  it('tells a vendor that falls silent', async () => {
    await using gateway = await faultGateway({ cached, provider: { timeouts: { idleMs: 80 } } })
    const got = await gateway.chat('fault:stall-mid-answer', { stream: true })
    expect([got.said, got.error?.code, got.text.includes('[DONE]')]).toEqual([
      'Hello from a vendor',
      'stream_incomplete',
      false,
    ])
  })

  it('ends a stream that takes longer than allowed, however busy it is', async () => {
    await using gateway = await faultGateway({
      cached,
      provider: { timeouts: { totalStreamMs: 150 } },
    })
    const got = await gateway.chat('fault:slow', { stream: true })
    expect([got.status, got.error?.code]).toEqual([200, 'stream_incomplete'])
  })
})

describe.each(cacheKinds)('a stream that is whole, $cache', ({ cached }) => {
  it.each([
    'reset-after-finish',
    'reset-before-done',
    'end-after-finish',
    'silent-after-finish',
    'done-without-finish',
    'without-end',
    'more-after-end',
    'two-dones',
    'unknown-events',
    'one-byte-at-a-time',
    'drip',
    'all-at-once',
    'crlf',
    'cr',
    'byte-order-mark',
    'comments',
    'multi-line-data',
    'without-final-blank-line',
    'model-with-line-ends',
    'wrong-usage',
  ])('ends well: %s', async (fault) => {
    await using gateway = await faultGateway({
      faults,
      cached,
      provider: { timeouts: { idleMs: 300 } },
    })
    const got = await gateway.chat(`fault:${fault}`, { stream: true })
    expect([got.status, got.said, got.error, got.isWhole]).toEqual([200, WHOLE, undefined, true])
    expect(got.events.filter((event) => event === '[DONE]')).toHaveLength(1)
    expect(got.events.at(-1)).toBe('[DONE]')
    const choices = chunksOf(got.events).map((chunk) => chunk.choices)
    expect(
      choices.every((choice) => choice.length > 0),
      'usage that nobody asked for',
    ).toBe(true)
    expect(choices.flat().filter((choice) => choice.finish_reason !== null)).toHaveLength(1)
  })

  it('shows the usage to who asks for it, and only plausible figures', async () => {
    await using gateway = await faultGateway({ faults, cached })
    for (const [fault, total] of [
      ['ok', 9],
      // A count in quotes is one; the others are none.
      ['wrong-usage', 7],
    ] as const) {
      const got = await gateway.chat(`fault:${fault}`, {
        stream: true,
        stream_options: { include_usage: true },
      })
      const usage = chunksOf(got.events).find((chunk) => chunk.choices.length === 0)?.usage
      expect([fault, usage?.total_tokens]).toEqual([fault, total])
      expect(got.events.at(-1)).toBe('[DONE]')
    }
  })

  it('gives every choice one end, in whatever order they come', async () => {
    await using gateway = await faultGateway({ faults, cached })
    const got = await gateway.chat('fault:choices-in-turn', { stream: true, n: 2 })
    const choices = chunksOf(got.events).flatMap((chunk) => chunk.choices)
    const endsOf = (index: number) =>
      choices.filter((choice) => choice.index === index && choice.finish_reason !== null)
    expect([endsOf(0).length, endsOf(1).length, got.said.includes('zero')]).toEqual([1, 1, true])
    const twice = await gateway.chat('fault:two-finishes', { stream: true })
    expect([
      twice.said,
      twice.events.filter((event) => event.includes('"finish_reason":"')).length,
    ]).toEqual(['alate', 1])
  })

  it('keeps tool calls apart that are told in turns', async () => {
    await using gateway = await faultGateway({ faults, cached })
    for (const streamed of [true, false]) {
      const got = await gateway.chat('fault:tools-in-turn', { stream: streamed })
      const parts = streamed
        ? chunksOf(got.events).flatMap((chunk) =>
            chunk.choices.flatMap((choice) => choice.delta.tool_calls ?? []),
          )
        : (JSON.parse(got.text) as { choices: [{ message: { tool_calls: ToolCall[] } }] })
            .choices[0].message.tool_calls
      const args = ['', '']
      parts.forEach(
        (part, at) => (args[streamed ? part.index! : at] += part.function?.arguments ?? ''),
      )
      expect(args).toEqual(['{"a":1}', '{"b":2}'])
    }
  })

  it('lets no content out of its event', async () => {
    await using gateway = await faultGateway({ faults, cached })
    const got = await gateway.chat('fault:content-as-events', { stream: true })
    expect([got.said, got.events.length]).toEqual(['a\n\ndata: [DONE]\n\nevent: error\r\rb', 3])
  })

  it('lets no vendor’s text out of an error or a header', async () => {
    await using gateway = await faultGateway({ faults, cached })
    const got = await gateway.chat('fault:error-with-line-ends', { stream: true })
    expect([got.status >= 400, got.headers['set-cookie'], got.headers['y']]).toEqual([
      true,
      undefined,
      undefined,
    ])
    expect(got.isWhole).toBe(true)
  })
})

describe('a stream that is a burden', () => {
  it.each([
    ['comment-flood', 'stream_incomplete'],
    ['endless-line', 'stream_incomplete'],
    ['no-line-ends', 'stream_incomplete'],
    ['tiny-chunks', undefined],
  ])('keeps nobody else waiting: %s', async (fault, code) => {
    await using gateway = await faultGateway({ faults })
    await gateway.chat('fault:ok')
    const watch = turnWatch()
    const burden = gateway.chat(`fault:${fault}`, { stream: true })
    const others = await Promise.all([1, 2, 3].map(() => gateway.chat('fault:ok')))
    const got = await burden
    // 50 ms are promised; the vendor and the client of this test compute in the same thread.
    expect(watch.stop()).toBeLessThan(100)
    expect(others.map((other) => other.said)).toEqual([WHOLE, WHOLE, WHOLE])
    expect(got.error?.code).toBe(code)
  })

  it('is not read further than its limit', async () => {
    await using gateway = await faultGateway({ faults, provider: { maxEventBytes: 1024 * 1024 } })
    await gateway.chat('fault:no-line-ends', { stream: true })
    await gateway.vendor.requests[0]!.closed
    expect(gateway.vendor.requests[0]!.bytesSent).toBeLessThan(32 * 1024 * 1024)
  })

  it('is kept alive by comments while the vendor thinks, and stays a stream', async () => {
    const gate = Promise.withResolvers<void>()
    const thinks: Fault = (_request, { events }) => [
      ...faultStream(events.slice(0, 3), { finally: [{ do: 'wait', until: gate.promise }] }),
      ...faultStream(events.slice(3)).slice(1),
    ]
    await using gateway = await faultGateway({ faults: { thinks }, http: { heartbeatMs: 40 } })
    let pings = 0
    const onData = (text: string) => {
      pings += text.split(': ping\n\n').length - 1
      if (pings >= 2) gate.resolve()
    }
    const got = await gateway.chat('fault:thinks', { stream: true }, { onData })
    expect([got.said, got.events.at(-1), pings >= 2]).toEqual([WHOLE, '[DONE]', true])
  })

  it('gives its first word at once', async () => {
    const gate = Promise.withResolvers<void>()
    const waits: Fault = (_request, { events }) => [
      { do: 'send', bytes: faultHead(200, { 'content-type': 'text/event-stream' }) },
      { do: 'send', bytes: events.slice(0, 2).join('') },
      { do: 'wait', until: gate.promise },
      { do: 'send', bytes: events.slice(2).join('') },
      { do: 'half-close' },
    ]
    await using gateway = await faultGateway({ faults: { waits } })
    const onData = (text: string) => {
      // Only a client that has the first word lets the vendor say the rest.
      if (text.includes('Hello')) gate.resolve()
    }
    expect((await gateway.chat('fault:waits', { stream: true }, { onData })).said).toBe(WHOLE)
  })
})

describe('usage that cannot be', () => {
  it.each([{ total_tokens: -3 }, { total_tokens: '7' }, { prompt_tokens: 1e30 }, null, 'many'])(
    'is not handed on: %j',
    async (usage) => {
      const odd: Fault = (_request, { document }) =>
        faultResponse(200, JSON.stringify({ ...(JSON.parse(document) as object), usage }))
      await using gateway = await faultGateway({ faults: { odd } })
      const got = await gateway.chat('fault:odd')
      expect([got.status, got.said]).toEqual([200, WHOLE])
    },
  )
})

interface ToolCall {
  readonly index?: number
  readonly function?: { readonly arguments?: string }
}

interface Chunk {
  readonly choices: readonly {
    index: number
    finish_reason: string | null
    delta: { tool_calls?: readonly ToolCall[] }
  }[]
  readonly usage?: { readonly total_tokens: number }
}

function chunksOf(events: readonly string[]): Chunk[] {
  return events.filter((event) => event !== '[DONE]').map((event) => JSON.parse(event) as Chunk)
}
