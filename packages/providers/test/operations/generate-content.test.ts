import { ApiError, call, type Batch, type Call } from '@sluice/core'
import type { GenerateContentParams } from '@sluice/core/wire'
import { gemini } from '@sluice/providers/gemini'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { upstream } from '../upstream.ts'

const KEY = 'AIza-secret-0123456789-abcdefghijk'
const decoder = new TextDecoder()
const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }]

/** As Google writes its events: numbers, spaces and escapes of its own, and Windows' line ends. */
const first =
  '{"candidates": [{"content": {"parts": [{"text": "H\\u0069 "}],"role": "model"},"index": 0,"avgLogprobs": -1.0}],"usageMetadata": {"promptTokenCount": 5}}'
const last =
  '{"candidates": [{"content": {"parts": [{"text": "there"}],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 5,"candidatesTokenCount": 2,"thoughtsTokenCount": 3,"totalTokenCount": 10},"unheardOf": 1e2}'
const sse = (...events: string[]) => events.map((event) => `data: ${event}\r\n\r\n`).join('')

function asked(params: Partial<GenerateContentParams> = {}, body?: string): Call {
  const whole = { model: 'gemini-2.5-flash', contents, ...params }
  const bytes = body === undefined ? undefined : new TextEncoder().encode(body)
  return call('models.generateContent', whole, { body: bytes })
}

const batchesOf = (response: Observable<Batch>) => lastValueFrom(response.pipe(toArray()))
const failureOf = (response: Observable<Batch>) =>
  batchesOf(response).then(
    () => undefined,
    (error: unknown) => error as ApiError,
  )

describe("Gemini's own API", () => {
  it('gets the body as it came, and gives its events as they came', async () => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(sse(first, last))
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const body = '{ "contents":[{"role":"user","parts":[{"text":"Hi"}]}], "unheardOf" : 1.0 }'
    const params = { ...(JSON.parse(body) as { contents: typeof contents }), stream: true }
    const batches = await batchesOf(provider(asked(params, body)))
    const [request] = up.requests
    expect(request!.url).toBe('/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse')
    expect(request!.body).toBe(body)
    expect(request!.headers['x-goog-api-key']).toBe(KEY)
    const written = batches.map(({ bytes }) => decoder.decode(bytes)).join('')
    expect(written).toBe(`data: ${first}\n\ndata: ${last}\n\n`)
    expect(batches.map((batch) => batch.text()).join('')).toBe('Hi there')
    expect(batches.at(-1)!.usage).toMatchObject({
      prompt_tokens: 5,
      completion_tokens: 5,
      completion_tokens_details: { reasoning_tokens: 3 },
    })
    provider.close()
  })

  it('leaves out what the path says, where the body said it, too', async () => {
    await using up = await upstream((_req, res) => res.end(last))
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const body = '{"model":"models/other","contents":[],"__proto__":{"a":1},"stream":false}'
    const params = JSON.parse(body) as Partial<GenerateContentParams>
    const [batch] = await batchesOf(provider(asked({ ...params, model: 'm/a b' }, body)))
    expect(up.requests[0]!.url).toBe('/v1beta/models/m%2Fa%20b:generateContent')
    expect(up.requests[0]!.body).toBe('{"contents":[],"__proto__":{"a":1}}')
    expect(decoder.decode(batch!.bytes)).toBe(last)
    expect([batch!.text(), batch!.usage!.total_tokens]).toEqual(['there', 10])
    provider.close()
  })

  it('makes a stream of a whole response where a relay gives one', async () => {
    await using up = await upstream((_req, res) => res.end(`[${first},${last}]`))
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const batches = await batchesOf(provider(asked({ stream: true })))
    expect(batches.map((batch) => batch.text()).join('')).toBe('Hi there')
    expect(batches.at(-1)!.usage!.total_tokens).toBe(10)
    provider.close()
  })

  it.each([
    ['before a word', sse('{"usageMetadata":{"promptTokenCount":5}}'), 0, 'upstream_empty_stream'],
    ['after a word', sse(first), 1, 'stream_incomplete'],
    ['in an event', sse(first) + 'data: {"candidates', 1, 'stream_incomplete'],
    [
      'with one of two candidates open',
      sse(first.replace('"index": 0', '"index": 1'), last),
      1,
      'stream_incomplete',
    ],
  ])('fails where the stream ends %s', async (_name, body, count, code) => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(body)
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const seen: Batch[] = []
    const failure = await new Promise<ApiError>((failed, unexpected) =>
      provider(asked({ stream: true })).subscribe({
        next: (batch) => void seen.push(batch),
        error: failed,
        complete: () => unexpected(new Error('complete')),
      }),
    )
    expect([seen.length, failure.code]).toEqual([count, code])
    provider.close()
  })

  it('takes the end for one where a prompt was blocked', async () => {
    const blocked =
      '{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5}}'
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(sse(blocked))
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const batches = await batchesOf(provider(asked({ stream: true })))
    expect(decoder.decode(batches[0]!.bytes)).toBe(`data: ${blocked}\n\n`)
    provider.close()
  })

  it('hands an error on as it came, without key and addresses', async () => {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ url: 'https://a.b/c' }] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' },
    ]
    const error = { code: 429, message: `Quota of ${KEY}`, status: 'RESOURCE_EXHAUSTED', details }
    await using up = await upstream((_req, res) => {
      res.writeHead(429, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ error }))
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const failure = await failureOf(provider(asked({ stream: true })))
    expect(failure).toMatchObject({ status: 429, retryAfterMs: 34_000 })
    expect(failure!.native).toEqual({
      dialect: 'gemini',
      status: 429,
      body: {
        error: {
          ...error,
          message: 'Quota of [redacted]',
          details: [{ ...details[0], links: [{ url: '[redacted]' }] }, details[1]],
        },
      },
    })
    provider.close()
  })

  it.each([
    ['a key that is refused', 403, { code: 403, message: 'denied', status: 'PERMISSION_DENIED' }],
    ['an error of another form', 404, { message: 'Not found', type: 'not_found' }],
  ])('keeps %s to itself', async (_name, status, error) => {
    await using up = await upstream((_req, res) => {
      res.writeHead(status, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ error }))
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const failure = await failureOf(provider(asked()))
    expect(failure).toBeInstanceOf(ApiError)
    expect(failure!.native).toBeUndefined()
    provider.close()
  })

  it('hands one on as it came that means something else than its status', async () => {
    const error = { code: 400, message: 'Rate limit reached', status: 'X' }
    await using up = await upstream((_req, res) => {
      res.writeHead(400, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ error }))
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const failure = await failureOf(provider(asked()))
    // A router sees what it means, the client what the vendor said.
    expect(failure).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    expect(failure!.native).toEqual({ dialect: 'gemini', status: 400, body: { error } })
    provider.close()
  })

  it('fails by an error that comes as an event', async () => {
    const error = { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' }
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(sse(JSON.stringify({ error })))
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const failure = await failureOf(provider(asked({ stream: true })))
    expect(failure).toMatchObject({ status: 503, native: { body: { error } } })
    provider.close()
  })

  it('shows no name of an event, for which its clients would stumble', async () => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(`: hello\n\nevent: message\ndata: ${last}\n\ndata: [DONE]\n\n`)
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const batches = await batchesOf(provider(asked({ stream: true })))
    const written = batches.map(({ bytes }) => decoder.decode(bytes)).join('')
    expect(written).toBe(`data: ${last}\n\n`)
    provider.close()
  })

  it.each([
    ['line feeds', `data: ${last}\n\n`],
    ["Windows' line ends", `data: ${last}\r\n\r\n`],
    ['no space', `data:${last}\r\n\r\n`],
    ['a comment in front', `:\ndata: ${last}\n\n`],
    ['a comment behind', `data: ${last}\n:\n\n`],
    ['an id', `id: 1\r\ndata: ${last}\r\n\r\n`],
  ])('writes one form of an event that came with %s', async (_name, event) => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(event)
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const batches = await batchesOf(provider(asked({ stream: true })))
    expect(decoder.decode(batches[0]!.bytes)).toBe(`data: ${last}\n\n`)
    provider.close()
  })

  it('writes an event of several lines in one', async () => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(`data: ${last.replace('[{', '[\r\ndata: {')}\r\n\r\n`)
    })
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const batches = await batchesOf(provider(asked({ stream: true })))
    const written = decoder.decode(batches[0]!.bytes)
    expect(written).toBe(`data: ${JSON.stringify(JSON.parse(last))}\n\n`)
    provider.close()
  })

  it('counts tokens, and names the model once more where the client did', async () => {
    await using up = await upstream((_req, res) => res.end('{\n  "totalTokens": 31\n}'))
    const provider = gemini({ apiKey: KEY, baseURL: up.url.replace('/v1', '') })
    const generateContentRequest = { model: 'models/alias', contents }
    const count = call('models.countTokens', { model: 'gemini-x', generateContentRequest })
    const [batch] = await batchesOf(provider(count))
    expect(decoder.decode(batch!.bytes)).toBe('{\n  "totalTokens": 31\n}')
    expect(up.requests[0]!.url).toBe('/v1beta/models/gemini-x:countTokens')
    expect(JSON.parse(up.requests[0]!.body)).toEqual({
      generateContentRequest: { model: 'models/gemini-x', contents },
    })
    provider.close()
  })
})
