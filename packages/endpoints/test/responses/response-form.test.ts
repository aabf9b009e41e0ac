import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoints, mount } from '@sluice/endpoints'
import { openaiCompatible } from '@sluice/providers'
import { afterEach, describe, expect, it } from 'vitest'

type Json = Readonly<Record<string, unknown>>

/**
 * Members that OpenAI's document requires, and those beyond that its own replies and clients hold
 * to.
 */
const RESPONSE = [
  'background completed_at created_at error frequency_penalty id incomplete_details instructions',
  'max_output_tokens max_tool_calls metadata model object output parallel_tool_calls presence_penalty',
  'previous_response_id prompt_cache_key reasoning safety_identifier service_tier status store',
  'temperature text tool_choice tools top_logprobs top_p truncation usage user',
].flatMap((line) => line.split(' '))
const ITEMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['message', ['id', 'type', 'role', 'content', 'status']],
  ['function_call', ['id', 'type', 'call_id', 'name', 'arguments', 'status']],
  ['reasoning', ['id', 'type', 'summary']],
])
const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['output_text', ['type', 'text', 'annotations', 'logprobs']],
  ['refusal', ['type', 'refusal']],
  ['summary_text', ['type', 'text']],
])
const OF_PART = ['item_id', 'output_index', 'content_index']
const OF_SUMMARY = ['item_id', 'output_index', 'summary_index']
const OF_CALL = ['item_id', 'output_index']
const EVENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['response.created', ['response']],
  ['response.queued', ['response']],
  ['response.in_progress', ['response']],
  ['response.completed', ['response']],
  ['response.incomplete', ['response']],
  ['response.failed', ['response']],
  ['response.output_item.added', ['output_index', 'item']],
  ['response.output_item.done', ['output_index', 'item']],
  ['response.content_part.added', [...OF_PART, 'part']],
  ['response.content_part.done', [...OF_PART, 'part']],
  ['response.output_text.delta', [...OF_PART, 'delta', 'logprobs']],
  ['response.output_text.done', [...OF_PART, 'text', 'logprobs']],
  ['response.refusal.delta', [...OF_PART, 'delta']],
  ['response.refusal.done', [...OF_PART, 'refusal']],
  ['response.reasoning_summary_part.added', [...OF_SUMMARY, 'part']],
  ['response.reasoning_summary_part.done', [...OF_SUMMARY, 'part']],
  ['response.reasoning_summary_text.delta', [...OF_SUMMARY, 'delta']],
  ['response.reasoning_summary_text.done', [...OF_SUMMARY, 'text']],
  ['response.function_call_arguments.delta', [...OF_CALL, 'delta']],
  ['response.function_call_arguments.done', [...OF_CALL, 'name', 'arguments']],
  ['error', ['code', 'message', 'param']],
])
const USAGE = [
  'input_tokens',
  'input_tokens_details',
  'output_tokens',
  'output_tokens_details',
  'total_tokens',
]

/** What is missing in a response, an item, an event. */
function missingIn(value: Json, names: readonly string[] | undefined, what: string): string[] {
  if (names === undefined) return [`${what} is not known`]
  return names.filter((name) => value[name] === undefined).map((name) => `${what}.${name}`)
}

function faultsOfItem(item: Json): string[] {
  const type = String(item['type'])
  const parts = [item['content'], item['summary']].flatMap((list) => (list ?? []) as Json[])
  return [
    ...missingIn(item, ITEMS.get(type), type),
    ...parts.flatMap((part) =>
      missingIn(part, PARTS.get(String(part['type'])), String(part['type'])),
    ),
  ]
}

function faultsOf(response: Json): string[] {
  const usage = response['usage'] as Json | null
  return [
    ...missingIn(response, RESPONSE, 'response'),
    ...(response['output'] as Json[]).flatMap(faultsOfItem),
    ...(usage === null ? [] : missingIn(usage, USAGE, 'usage')),
  ]
}

function faultsOfEvents(events: readonly Json[]): string[] {
  return events.flatMap((event, at) => {
    const type = String(event['type'])
    const { response, item, part } = event as { response?: Json; item?: Json; part?: Json }
    return [
      ...missingIn(event, EVENTS.get(type), type),
      ...(event['sequence_number'] === at
        ? []
        : [`${type} is number ${String(event['sequence_number'])}, not ${at}`]),
      ...(response === undefined ? [] : faultsOf(response)),
      ...(item === undefined ? [] : faultsOfItem(item)),
      ...(part === undefined
        ? []
        : missingIn(part, PARTS.get(String(part['type'])), String(part['type']))),
    ]
  })
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Said {
  readonly deltas: readonly object[]
  readonly finish: string
  readonly message: object
}

const fn = (id: string, index: number) => ({
  index,
  id,
  type: 'function',
  function: { name: 'f', arguments: '{"a":1}' },
})
const said: Readonly<Record<string, Said>> = {
  text: {
    deltas: [{ content: 'Hel' }, { content: 'lo' }],
    finish: 'stop',
    message: { content: 'Hello' },
  },
  refusal: {
    deltas: [{ refusal: 'No.' }],
    finish: 'stop',
    message: { content: null, refusal: 'No.' },
  },
  thoughts: {
    deltas: [{ reasoning_content: 'Hm' }, { content: 'Yes' }],
    finish: 'stop',
    message: { content: 'Yes', reasoning_content: 'Hm' },
  },
  calls: {
    deltas: [{ content: 'Wait' }, { tool_calls: [fn('a', 0)] }, { tool_calls: [fn('b', 1)] }],
    finish: 'tool_calls',
    message: { content: 'Wait', tool_calls: [fn('a', 0), fn('b', 1)] },
  },
  cut: { deltas: [{ content: 'Hel' }], finish: 'length', message: { content: 'Hel' } },
  filtered: { deltas: [{ content: 'Hel' }], finish: 'content_filter', message: { content: 'Hel' } },
  nothing: { deltas: [{ content: '' }], finish: 'stop', message: { content: '' } },
}
const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }

function answer(
  res: ServerResponse,
  { deltas, finish, message }: Said,
  isStreamed: boolean,
  breaks: boolean,
): void {
  const head = { id: 'c1', created: 1_700_000_000, model: 'm' }
  if (!isStreamed) {
    const choices = [
      { index: 0, message: { role: 'assistant', ...message }, finish_reason: finish },
    ]
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }))
    return
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  const write = (delta: object, end: string | null, more: object = {}) =>
    res.write(
      `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: end }], ...more })}\n\n`,
    )
  for (const delta of deltas) write(delta, null)
  if (!breaks) {
    write({}, finish, { usage })
    res.write('data: [DONE]\n\n')
  }
  res.end()
}

/** Responses over a vendor of no special kind that says what the model's name names. */
async function surface() {
  const vendor = await listen((req, res) => {
    let text = ''
    req.on('data', (part: Buffer) => (text += String(part)))
    req.on('end', () => {
      const body = JSON.parse(text) as { model: string; stream?: boolean }
      const [name, breaks] = body.model.split('/')
      answer(res, said[name!]!, body.stream === true, breaks === 'broken')
    })
  })
  const serve = mount(
    '/v1',
    endpoints(openaiCompatible({ id: 'alike', baseURL: vendor, apiKey: 'k' })),
  )
  const base = await listen((req, res) => serve(req, res, () => res.writeHead(404).end()))
  return async (path: string, body?: object) => {
    const given = await fetch(`${base}/v1${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    })
    const text = await given.text()
    if (given.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
      return { response: JSON.parse(text) as Json, events: [] }
    }
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!) as Json)
    return { response: events.at(-1)!['response'] as Json, events }
  }
}

const END: ReadonlyMap<string, string> = new Map([
  ['cut', 'incomplete'],
  ['filtered', 'incomplete'],
])

describe('a response over chat', () => {
  it.each(Object.keys(said))('has all that OpenAI’s document requires: %s', async (model) => {
    const ask = await surface()
    const whole = await ask('/responses', { model, input: 'Hi' })
    const streamed = await ask('/responses', { model, input: 'Hi', stream: true })
    const stored = await ask(`/responses/${String(whole.response['id'])}`)
    const storedStream = await ask(`/responses/${String(streamed.response['id'])}`)
    for (const { response } of [whole, streamed, stored, storedStream]) {
      expect(faultsOf(response)).toEqual([])
      expect(response['status']).toBe(END.get(model) ?? 'completed')
    }
    expect(faultsOfEvents(streamed.events)).toEqual([])
    expect(stored.response).toEqual(whole.response)
    expect(storedStream.response).toEqual(streamed.response)
  })

  it.each(Object.keys(said))('says the same whole and streamed: %s', async (model) => {
    const ask = await surface()
    const shapeOf = async (more: object) => {
      const { response } = await ask('/responses', { model, input: 'Hi', ...more })
      const output = (response['output'] as Json[]).map(({ id: _id, ...item }) => item)
      return { output, usage: response['usage'], incomplete: response['incomplete_details'] }
    }
    expect(await shapeOf({ stream: true })).toEqual(await shapeOf({}))
  })

  it('begins and ends each item and part once, in order', async () => {
    const ask = await surface()
    const { events } = await ask('/responses', { model: 'thoughts', input: 'Hi', stream: true })
    expect(events.map(({ type }) => String(type).replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
  })

  it.each(['text', 'calls', 'thoughts'])(
    'that breaks ends as a failed one, with all of the same: %s',
    async (model) => {
      const ask = await surface()
      const { response, events } = await ask('/responses', {
        model: `${model}/broken`,
        input: 'Hi',
        stream: true,
      })
      expect(faultsOfEvents(events)).toEqual([])
      expect(events.slice(-2).map(({ type }) => type)).toEqual(['error', 'response.failed'])
      expect(response).toMatchObject({
        status: 'failed',
        error: { code: 'server_error' },
        completed_at: null,
      })
      expect((await ask(`/responses/${String(response['id'])}`)).response).toEqual(response)
    },
  )

  it.each(['text', 'cut', 'text/broken'])(
    'made in the background has all of it at any time: %s',
    async (model) => {
      const ask = await surface()
      const first = await ask('/responses', { model, input: 'Hi', background: true })
      expect(faultsOf(first.response)).toEqual([])
      const followed = await ask(`/responses/${String(first.response['id'])}?stream=true`)
      expect(faultsOfEvents(followed.events)).toEqual([])
      expect(followed.events.slice(0, 2).map(({ type }) => type)).toEqual([
        'response.created',
        'response.queued',
      ])
      const last = await ask(`/responses/${String(first.response['id'])}`)
      expect(faultsOf(last.response)).toEqual([])
      expect(last.response).toEqual(followed.response)
    },
  )

  it('of which nothing was asked is empty, and the vendor is not asked', async () => {
    const ask = await surface()
    const { response } = await ask('/responses', {
      model: 'unheard-of',
      input: [],
      generate: false,
    })
    expect([faultsOf(response), response['status']]).toEqual([[], 'completed'])
  })

  it('gives back the params that it was made with', async () => {
    const ask = await surface()
    const params = {
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      top_logprobs: 0,
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      max_tool_calls: 3,
      max_output_tokens: 99,
      metadata: { a: 'b' },
      truncation: 'auto',
      store: true,
      temperature: 0.1,
      top_p: 0.2,
    }
    expect(
      (await ask('/responses', { model: 'text', input: 'Hi', ...params })).response,
    ).toMatchObject(params)
  })
})
