import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { call, type ApiError, type Batch } from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import type { Response, ResponseCreateParams, ResponseStreamEvent } from '@sluice/core/wire'
import { anthropic } from '@sluice/providers/anthropic'
import { deepseek } from '@sluice/providers/deepseek'
import { openai } from '@sluice/providers/openai'
import { xai } from '@sluice/providers/xai'
import { lastValueFrom, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Seen {
  readonly url: string
  readonly body: string
}

/** A vendor on loopback that answers by path, and what it was asked. */
async function vendor(answer: (path: string, res: ServerResponse) => void) {
  const seen: Seen[] = []
  const server = createServer((req: IncomingMessage, res) => {
    let body = ''
    req.on('data', (part: Buffer) => (body += String(part)))
    req.on('end', () => {
      seen.push({ url: req.url!, body })
      answer(req.url!, res)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return { baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen }
}

const json = (res: ServerResponse, value: unknown, status = 200) =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const sse = (res: ServerResponse, text: string) =>
  res.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
const frame = (event: ResponseStreamEvent) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

const usage = {
  input_tokens: 5,
  input_tokens_details: { cached_tokens: 2 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 12,
}
const draft = draftResponse(
  { model: 'gpt-x' },
  { id: 'resp_vendor', createdAt: 1_700_000_000, model: 'gpt-x', status: 'in_progress' },
)
const completed: Response = { ...draft, status: 'completed', usage }
const created = { type: 'response.created', sequence_number: 0, response: draft }
const webSearch = {
  type: 'response.web_search_call.searching',
  sequence_number: 1,
  output_index: 0,
  item_id: 'ws_1',
  later: 'field',
}
const done = { type: 'response.completed', sequence_number: 2, response: completed }

const params: ResponseCreateParams = {
  model: 'gpt-x',
  input: 'Hi',
  tools: [{ type: 'web_search' }],
}
const bytesOf = (batches: readonly Batch[]) =>
  batches.map(({ bytes }) => Buffer.from(bytes).toString()).join('')
const chat = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'deepseek-chat',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
}

describe('a vendor that has the Responses API', () => {
  it('gets the client’s own bytes and gives back its own', async () => {
    const answer = JSON.stringify(completed, null, 2)
    const { baseURL, seen } = await vendor((_path, res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(answer),
    )
    const body = Buffer.from('{"model":"gpt-x",  "input":"Hi", "brand_new": 1.50}')
    const asked = call('responses.create', JSON.parse(String(body)) as ResponseCreateParams, {
      body,
    })
    const batches = await lastValueFrom(openai({ baseURL, apiKey: 'k' })(asked).pipe(toArray()))
    expect(seen).toEqual([{ url: '/v1/responses', body: String(body) }])
    expect(bytesOf(batches)).toBe(answer)
    expect(batches[0]!.usage).toMatchObject({
      prompt_tokens: 5,
      completion_tokens: 7,
      total_tokens: 12,
    })
  })

  it('has its events handed on, those that nobody knows too', async () => {
    const stream = [created, webSearch, done].map(frame).join('')
    const { baseURL } = await vendor((_path, res) => sse(res, stream))
    const answer = openai({ baseURL, apiKey: 'k' })(
      call('responses.create', { ...params, stream: true }),
    )
    const batches = await lastValueFrom(answer.pipe(toArray()))
    expect(bytesOf(batches)).toBe(stream)
    expect(batches.at(-1)!.usage?.total_tokens).toBe(12)
  })

  it('gets what its response lacks filled in', async () => {
    const { metadata: _metadata, instructions: _instructions, error: _error, ...less } = completed
    const { baseURL } = await vendor((_path, res) => json(res, less))
    const [batch] = await lastValueFrom(
      xai({ baseURL, apiKey: 'k' })(
        call('responses.create', { ...params, metadata: { a: 'b' } }),
      ).pipe(toArray()),
    )
    expect(batch!.document()).toMatchObject({
      id: 'resp_vendor',
      error: null,
      instructions: null,
      metadata: { a: 'b' },
    })
  })

  it('has its response put into the form that clients read', async () => {
    const odd = {
      ...completed,
      status: 'done',
      model: null,
      output: [
        null,
        'x',
        { id: 'i', name: 'f' },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: { a: 1 } },
        { type: 'function_call', call_id: 'd', name: 'f' },
        { type: 'message', role: 'assistant', content: 'Hi' },
        {
          type: 'message',
          role: 'assistant',
          content: [null, { type: 'output_text', text: 7 }, { type: 'refusal' }],
        },
        { type: 'brand_new', content: 1 },
      ],
      usage: {
        input_tokens: 5,
        output_tokens: -1,
        total_tokens: {},
        output_tokens_details: { reasoning_tokens: 'x' },
      },
    }
    const { baseURL } = await vendor((_path, res) => json(res, odd))
    const [batch] = await lastValueFrom(
      openai({ baseURL, apiKey: 'k' })(call('responses.create', params)).pipe(toArray()),
    )
    expect(JSON.parse(bytesOf([batch!]))).toMatchObject({
      status: 'completed',
      model: 'gpt-x',
      output: [
        { type: 'function_call', call_id: 'c', arguments: '{"a":1}' },
        { type: 'function_call', call_id: 'd', arguments: '' },
        { type: 'message', content: [{ type: 'output_text', text: 'Hi', annotations: [] }] },
        { type: 'message', content: [{ type: 'refusal' }] },
        { type: 'brand_new', content: 1 },
      ],
      usage: {
        input_tokens: 5,
        output_tokens: 0,
        total_tokens: 5,
        output_tokens_details: { reasoning_tokens: 0 },
      },
    })
    expect(batch!.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 })
  })

  it.each(['x', [], 7, { input_tokens: 'x' }])('has usage that is %j left out', async (odd) => {
    const { baseURL } = await vendor((_path, res) => json(res, { ...completed, usage: odd }))
    const [batch] = await lastValueFrom(
      openai({ baseURL, apiKey: 'k' })(call('responses.create', params)).pipe(toArray()),
    )
    expect([(batch!.document() as Response).usage ?? null, batch!.usage]).toEqual([null, undefined])
  })

  it('has its events put into that form, and nothing told behind the end', async () => {
    const at = { sequence_number: 1, output_index: 0 }
    const called = { type: 'function_call', call_id: 'c', name: 'f', arguments: {} }
    const events: ResponseStreamEvent[] = [
      created,
      { type: 'response.output_item.added', ...at, item: 'x' },
      { type: 'response.content_part.added', ...at, part: { text: 'x' } },
      { type: 'response.output_text.delta', ...at, delta: { a: 1 } },
      { type: 'response.output_text.delta', ...at, delta: 'Hi' },
      { type: 'response.output_item.done', ...at, item: called },
      { ...done, type: 'response.incomplete', response: { ...completed, status: 'oops' } },
      { type: 'response.output_text.delta', ...at, delta: 'late' },
      done,
    ]
    const { baseURL } = await vendor((_path, res) => sse(res, events.map(frame).join('')))
    const answer = openai({ baseURL, apiKey: 'k' })(
      call('responses.create', { ...params, stream: true }),
    )
    const text = bytesOf(await lastValueFrom(answer.pipe(toArray())))
    const told = Array.from(
      text.matchAll(/^data: (.*)$/gm),
      ([, data]) => JSON.parse(data!) as ResponseStreamEvent,
    )
    expect(told.map(({ type }) => type)).toEqual([
      'response.created',
      'response.output_text.delta',
      'response.output_item.done',
      'response.incomplete',
    ])
    expect(told.at(2)).toMatchObject({ item: { arguments: '{}' } })
    expect(told.at(3)).toMatchObject({ response: { status: 'incomplete' } })
  })

  it('fails as an ordinary error before it has said anything, and in its stream after that', async () => {
    const error = {
      type: 'error',
      sequence_number: 1,
      error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'No credit.' },
    }
    const early = await vendor((_path, res) => sse(res, frame(created) + frame(error)))
    const ask = (baseURL: string) =>
      openai({ baseURL, apiKey: 'k' })(call('responses.create', { ...params, stream: true }))
    await expect(lastValueFrom(ask(early.baseURL).pipe(toArray()))).rejects.toMatchObject({
      code: 'insufficient_quota',
    })
    const late = await vendor((_path, res) =>
      sse(res, frame(created) + frame(webSearch) + frame({ ...error, sequence_number: 2 })),
    )
    const seen: string[] = []
    const failure = await new Promise<ApiError>((resolve) => {
      ask(late.baseURL).subscribe({ next: (batch) => seen.push(bytesOf([batch])), error: resolve })
    })
    expect([seen.join(''), failure.code]).toEqual([
      frame(created) + frame(webSearch),
      'insufficient_quota',
    ])
  })

  it.each(['', 'data: [DONE]\n\n'])(
    'does not look finished when its stream ends half-way (%j)',
    async (end) => {
      const { baseURL } = await vendor((_path, res) =>
        sse(res, frame(created) + frame(webSearch) + end),
      )
      const answer = openai({ baseURL, apiKey: 'k' })(
        call('responses.create', { ...params, stream: true }),
      )
      await expect(lastValueFrom(answer.pipe(toArray()))).rejects.toMatchObject({
        code: 'stream_incomplete',
      })
    },
  )

  it('is asked by chat where its address has nothing but that', async () => {
    const { baseURL, seen } = await vendor((path, res) =>
      path === '/v1/responses'
        ? json(res, { error: { message: 'Not Found' } }, 404)
        : json(res, chat),
    )
    const asked = call('responses.create', { model: 'gpt-x', input: 'Hi' })
    const [batch] = await lastValueFrom(openai({ baseURL, apiKey: 'k' })(asked).pipe(toArray()))
    expect(seen.map(({ url }) => url)).toEqual(['/v1/responses', '/v1/chat/completions'])
    expect(batch!.document()).toMatchObject({ object: 'response', status: 'completed' })
    expect(asked.report.attempts).toBe(2)
  })

  it.each([
    [
      'a model that does not exist',
      { error: { message: 'No model.', code: 'model_not_found' } },
      { model: 'gpt-x', input: 'Hi' },
    ],
    [
      'what chat cannot do',
      { error: { message: 'Not Found' } },
      { model: 'gpt-x', input: 'Hi', tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] },
    ],
  ])('is not asked again for %s', async (_what, said, asked) => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, said, 404))
    const answer = openai({ baseURL, apiKey: 'k' })(call('responses.create', asked))
    await expect(lastValueFrom(answer)).rejects.toMatchObject({
      status: 404,
      message: said.error.message,
    })
    expect(seen.length).toBe(1)
  })
})

describe('a vendor whose Responses API knows functions alone', () => {
  it.each<[string, Partial<ResponseCreateParams>, string]>([
    ['functions', { tools: [{ type: 'function', name: 'f' }] }, '/v1/responses'],
    ['a custom tool', { tools: [{ type: 'custom', name: 'c' }] }, '/v1/chat/completions'],
    [
      'a namespace',
      { tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f' }] }] },
      '/v1/chat/completions',
    ],
    [
      'tools in the input',
      {
        input: [
          { type: 'message', role: 'user', content: 'Hi' },
          { type: 'additional_tools', tools: [] },
        ],
      },
      '/v1/chat/completions',
    ],
  ])('is asked about %s where it knows them', async (_what, asked, path) => {
    const { baseURL, seen } = await vendor((at, res) =>
      json(res, at.endsWith('/responses') ? completed : chat),
    )
    const provider = xai({ baseURL, apiKey: 'k' })
    const answer = provider(call('responses.create', { model: 'grok', input: 'Hi', ...asked }))
    expect((await lastValueFrom(answer)).document()).toMatchObject({ status: 'completed' })
    expect(seen.map(({ url }) => url)).toEqual([path])
  })
})

describe('a vendor that has chat alone', () => {
  it('answers whole', async () => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, chat))
    const asked = call('responses.create', {
      model: 'deepseek-chat',
      input: 'Hi',
      max_output_tokens: 9,
      truncation: 'auto',
    })
    const [batch] = await lastValueFrom(deepseek({ baseURL, apiKey: 'k' })(asked).pipe(toArray()))
    expect(seen[0]!.url).toBe('/v1/chat/completions')
    expect(JSON.parse(seen[0]!.body)).toEqual({
      model: 'deepseek-chat',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 9,
    })
    expect(batch!.document()).toMatchObject({
      id: expect.stringMatching(/^resp_\w+$/) as string,
      status: 'completed',
      max_output_tokens: 9,
      output: [{ type: 'message', content: [{ text: 'Hello' }] }],
      usage: { input_tokens: 5, output_tokens: 7, total_tokens: 12 },
    })
    expect([batch!.text(), batch!.usage?.total_tokens]).toEqual(['Hello', 12])
    expect(asked.report.droppedParams).toEqual(['truncation'])
  })

  it('answers as a stream, and what breaks there breaks the response', async () => {
    const chunk = (delta: object, finish: string | null) =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'd', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
    const good = await vendor((_path, res) =>
      sse(
        res,
        `${chunk({ role: 'assistant', content: 'Hi' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`,
      ),
    )
    const ask = (baseURL: string) =>
      deepseek({ baseURL, apiKey: 'k' })(
        call('responses.create', { model: 'd', input: 'Hi', stream: true }),
      )
    const events = (await lastValueFrom(ask(good.baseURL).pipe(toArray()))).flatMap(
      (batch) => batch.chunks() as ResponseStreamEvent[],
    )
    expect([events[0]!.type, events.at(-1)!.type]).toEqual([
      'response.created',
      'response.completed',
    ])
    const broken = await vendor((_path, res) =>
      sse(res, chunk({ role: 'assistant', content: 'Hi' }, null)),
    )
    await expect(lastValueFrom(ask(broken.baseURL).pipe(toArray()))).rejects.toMatchObject({
      code: 'stream_incomplete',
    })
  })

  it('is not asked at all for what it cannot do', async () => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, chat))
    const asked: ResponseCreateParams = {
      model: 'm',
      input: [{ type: 'item_reference', id: 'msg_1' }],
    }
    for (const provider of [
      deepseek({ baseURL, apiKey: 'k' }),
      anthropic({ baseURL, apiKey: 'k' }),
    ]) {
      await expect(lastValueFrom(provider(call('responses.create', asked)))).rejects.toMatchObject({
        code: 'unsupported_parameter',
        param: 'input[0].type',
      })
    }
    expect(seen).toEqual([])
  })

  it.each<[string, NonNullable<ResponseCreateParams['input']>]>([
    ['nothing', []],
    ['thoughts alone', [{ type: 'reasoning', id: 'rs_1', summary: [] }]],
    ['what chat has no place for', [{ type: 'web_search_call', id: 'ws_1', status: 'completed' }]],
  ])('is not asked where the input is %s', async (_name, input) => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, chat))
    for (const provider of [
      deepseek({ baseURL, apiKey: 'k' }),
      anthropic({ baseURL, apiKey: 'k' }),
    ]) {
      const asked = lastValueFrom(provider(call('responses.create', { model: 'm', input })))
      await expect(asked).rejects.toMatchObject({
        status: 400,
        code: 'invalid_value',
        param: 'input',
      })
    }
    expect(seen).toEqual([])
  })

  it('has nothing to say to an empty input that is only to be read', async () => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, chat))
    const asked = call('responses.create', { model: 'm', input: [], generate: false })
    const batch = await lastValueFrom(deepseek({ baseURL, apiKey: 'k' })(asked))
    expect(batch.document()).toMatchObject({ status: 'completed' })
    expect(seen).toEqual([])
  })

  it.each<[object, string]>([
    [{ type: 'input_image' }, "The part has no 'image_url'."],
    [{ type: 'input_image', image_url: null }, "The part has no 'image_url'."],
    [{ type: 'input_video' }, "'input_video' is not supported in the input for this model."],
  ])('is not asked about %j', async (part, message) => {
    const { baseURL } = await vendor((_path, res) => json(res, chat))
    const input = [{ type: 'message', role: 'user', content: [part] }]
    const asked = deepseek({ baseURL, apiKey: 'k' })(
      call('responses.create', { model: 'm', input }),
    )
    await expect(lastValueFrom(asked)).rejects.toMatchObject({ status: 400, message })
  })

  it('answers without the tools that it lacks, and says so', async () => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, chat))
    const asked = call('responses.create', {
      ...params,
      tools: [{ type: 'web_search' }, { type: 'mcp' }, { type: 'function', name: 'f' }],
      tool_choice: { type: 'mcp' },
    })
    const [batch] = await lastValueFrom(deepseek({ baseURL, apiKey: 'k' })(asked).pipe(toArray()))
    expect(asked.report.droppedParams).toEqual(['tools.web_search', 'tools.mcp', 'tool_choice'])
    expect(JSON.parse(seen[0]!.body)).toMatchObject({
      tools: [{ function: { name: 'f' } }],
      tool_choice: 'auto',
    })
    expect(batch!.document()).toMatchObject({ tools: asked.params.tools })
  })

  it('refuses them where it is set up to', async () => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, chat))
    const strict = deepseek({ baseURL, apiKey: 'k', unknownTools: 'refuse' })
    await expect(lastValueFrom(strict(call('responses.create', params)))).rejects.toMatchObject({
      code: 'unsupported_parameter',
      param: 'tools[0].type',
    })
    expect(seen).toEqual([])
    expect(() => deepseek({ apiKey: 'k', unknownTools: 'ignore' as 'drop' })).toThrow(
      "takes 'drop' or 'refuse'",
    )
  })

  it('refuses them with strictParams', async () => {
    const { baseURL, seen } = await vendor((_path, res) => json(res, chat))
    const strict = deepseek({ baseURL, apiKey: 'k', strictParams: true })
    await expect(lastValueFrom(strict(call('responses.create', params)))).rejects.toMatchObject({
      code: 'unsupported_parameter',
      param: 'tools.web_search',
    })
    expect(seen).toEqual([])
  })

  it('searches the web where its chat can', async () => {
    const claude = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [{ type: 'text', text: 'Hello' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    }
    const { baseURL, seen } = await vendor((_path, res) => json(res, claude))
    const asked = call('responses.create', {
      ...params,
      tools: [{ type: 'web_search', user_location: { type: 'approximate', city: 'Graz' } }],
    })
    await lastValueFrom(anthropic({ baseURL, apiKey: 'k' })(asked).pipe(toArray()))
    expect(asked.report.droppedParams).toEqual([])
    expect(JSON.parse(seen[0]!.body)).toMatchObject({
      tools: [{ name: 'web_search', user_location: { type: 'approximate', city: 'Graz' } }],
    })
  })

  it('gives each response and item an id that tells nothing of the request', async () => {
    const { baseURL } = await vendor((_path, res) => json(res, chat))
    const provider = deepseek({ baseURL, apiKey: 'k' })
    const ids = []
    for (let round = 0; round < 2; round++) {
      const asked = call(
        'responses.create',
        { model: 'm', input: 'Hi' },
        { requestId: 'req_guessable' },
      )
      const [batch] = await lastValueFrom(provider(asked).pipe(toArray()))
      ids.push((batch!.document() as Response).id)
    }
    expect(ids).toEqual([0, 0].map(() => expect.stringMatching(/^resp_[0-9a-f]{32}$/) as string))
    expect(ids[0]).not.toBe(ids[1])
  })
})
