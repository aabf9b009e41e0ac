import { request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bearerAuth } from '@sluice/auth'
import { ApiError } from '@sluice/core'
import { fakeVendor } from '@sluice/conformance'
import { demo } from '@sluice/demo'
import { endpoints, type EndpointsOptions } from '@sluice/endpoints'
import { openaiCompatible, type Provider } from '@sluice/providers'
import { gemini } from '@sluice/providers/gemini'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { upstream } from '../../../packages/providers/test/upstream.ts'
import { listen } from '../../support/hosts.ts'
import { until } from '../../support/until.ts'
import { fakeGoogle } from './fake-google.ts'

const KEY = 'sk-door-0123456789'
const hello = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }

interface DoorOptions extends EndpointsOptions {
  readonly requestsPerMinute?: number
  readonly provider?: Provider
}

/** A door for all dialects, behind a key. */
async function door({ requestsPerMinute, provider, ...options }: DoorOptions = {}) {
  const errors: ApiError[] = []
  const router = modelRouter(
    { 'demo*': demo({ tokensPerSecond: 0 }), ...(provider === undefined ? {} : { up: provider }) },
    { retries: 0 },
  )
  const app = express()
  app.use(
    ['/v1', '/v1beta'],
    bearerAuth({ keys: [KEY] }),
    ...(requestsPerMinute === undefined ? [] : [rateLimit({ requestsPerMinute })]),
    endpoints(router, {
      dialects: ['openai', 'anthropic', 'gemini'],
      onError: (error) => void errors.push(error),
      ...options,
    }),
  )
  // eslint-disable-next-line typescript/no-misused-promises
  const server = await listen(app)
  const ask = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const res = await fetch(server.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': KEY, ...headers },
      ...(body === undefined ? {} : { body: text }),
    })
    return res
  }
  return { ...server, ask, errors }
}

const errorOf = async (res: Response) => {
  const { error } = (await res.json()) as {
    error: { code: number; message: string; status: string; details?: unknown[] }
  }
  expect(error.code).toBe(res.status)
  return error
}

describe('the paths', () => {
  it.each([
    '/v1/models/demo:generateContent',
    '/v1beta/models/demo:generateContent',
    '/v1beta/models/models/demo:generateContent',
    '/v1beta/models/models%2Fdemo:generateContent',
    '/v1/publishers/google/models/demo:generateContent',
    '/v1/models/publishers/google/models/demo:generateContent',
  ])('answer at %s', async (path) => {
    await using at = await door()
    const res = await at.ask(path, hello)
    expect(res.status).toBe(200)
    expect(await res.json()).toMatchObject({ modelVersion: 'demo' })
  })

  it('take a model with slashes and colons for one', async () => {
    await using at = await door()
    const res = await at.ask('/v1beta/models/demo/a:b%2Fc:generateContent', hello)
    expect(await res.json()).toMatchObject({ modelVersion: 'demo/a:b/c' })
  })

  it.each([
    ['a model nobody knows', '/v1beta/models/nobody:generateContent', hello],
    ['a method nobody knows', '/v1beta/models/demo:predict', {}],
    ['a tuned model', '/v1beta/tunedModels/mine:generateContent', hello],
    ['a cache', '/v1beta/cachedContents', {}],
    ['files', '/v1beta/files', undefined],
    ['a model without a name', '/v1beta/models/:generateContent', hello],
    ['a way upwards', '/v1beta/models/..%2F..%2Fx:generateContent', hello],
  ])('answer 404 for %s', async (_name, path, body) => {
    await using at = await door()
    const res = await at.ask(path, body)
    expect([res.status, (await errorOf(res)).status]).toEqual([404, 'NOT_FOUND'])
  })

  it('answer 405 and 400 in Google’s words, too', async () => {
    await using at = await door()
    const wrong = await at.ask('/v1beta/models/demo:generateContent')
    expect([wrong.status, (await errorOf(wrong)).status]).toEqual([405, 'UNIMPLEMENTED'])
    const broken = await at.ask('/v1beta/models/%E0%A4:generateContent', hello)
    expect([broken.status, (await errorOf(broken)).status]).toEqual([400, 'INVALID_ARGUMENT'])
  })

  it('list models as whoever asks knows them', async () => {
    await using at = await door()
    const inGoogles = await at.ask('/v1/models')
    expect(await inGoogles.json()).toMatchObject({ models: [{ name: 'models/demo' }, {}, {}] })
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
    const inOpenAIs = await fetch(`${at.url}/v1/models`, { headers })
    expect(await inOpenAIs.json()).toMatchObject({ object: 'list', data: [{ id: 'demo' }, {}, {}] })
    const byMount = await fetch(`${at.url}/v1beta/models`, { headers })
    expect(await byMount.json()).toMatchObject({ models: [{ name: 'models/demo' }, {}, {}] })
    const byKey = await fetch(`${at.url}/v1/models/demo?key=${KEY}`)
    expect(await byKey.json()).toMatchObject({ name: 'models/demo' })
  })

  it('give a list page by page, and refuse pages that they did not offer', async () => {
    await using at = await door()
    const first = (await (await at.ask('/v1/models?pageSize=2')).json()) as {
      models: unknown[]
      nextPageToken: string
    }
    expect(first.models).toHaveLength(2)
    const next = await at.ask(`/v1/models?pageSize=2&pageToken=${first.nextPageToken}`)
    const second = (await next.json()) as Record<string, unknown[]>
    expect(Object.keys(second)).toEqual(['models'])
    expect(second['models']).toHaveLength(1)
    for (const query of ['pageToken=zzz', 'pageSize=many', 'pageToken=ZnJvbSA5OQ']) {
      const res = await at.ask(`/v1/models?${query}`)
      expect([res.status, (await errorOf(res)).status]).toEqual([400, 'INVALID_ARGUMENT'])
    }
  })
})

describe('a stream', () => {
  it('is bare data lines with `alt=sse`, and one array without', async () => {
    await using at = await door()
    const path = '/v1beta/models/demo:streamGenerateContent'
    const events = await at.ask(`${path}?alt=sse`, hello)
    expect(events.headers.get('content-type')).toContain('text/event-stream')
    const text = await events.text()
    expect(text.split('\n').every((line) => line === '' || line.startsWith('data: {'))).toBe(true)
    const array = await at.ask(path, hello)
    expect(array.headers.get('content-type')).toBe('application/json')
    const json = await array.text()
    expect(json.startsWith('[{')).toBe(true)
    expect(json).toContain('},\n{"candidates"')
    const texts = (responses: unknown) =>
      (responses as { candidates: { content: { parts: { text: string }[] } }[] }[])
        .map(({ candidates }) => candidates[0]!.content.parts[0]!.text)
        .join('')
    const said = text
      .split('\n')
      .flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line.slice(6))]))
    expect(texts(JSON.parse(json))).toBe(texts(said))
  })

  it('gives the vendor’s own bytes where the vendor is Gemini', async () => {
    await using up = await fakeGoogle()
    await using at = await door({
      provider: gemini({ apiKey: 'AIza-up', baseURL: up.url, model: 'gemini-2.5-flash' }),
    })
    const body = '{"contents" : [{"parts":[{"text":"hello"}]}],"unheardOf":1.50}'
    const res = await at.ask('/v1beta/models/up:streamGenerateContent?alt=sse', body)
    const text = await res.text()
    expect(up.requests[0]!.text).toBe(body)
    expect(up.requests[0]!.url).toContain('/models/gemini-2.5-flash:streamGenerateContent?alt=sse')
    expect(up.requests[0]!.headers['x-goog-api-key']).toBe('AIza-up')
    expect(text.match(/data: .*\n\n/g)!.join('')).toBe(text)
    expect(text).toContain('"modelVersion":"gemini-2.5-flash"')
  })

  const word = (text: string, more: object = {}) =>
    `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0, ...more }] })}\r\n\r\n`

  it.each([
    ['native', (url: string) => gemini({ apiKey: 'k', baseURL: url, model: 'gemini-x' })],
    ['over chat', (url: string) => openaiCompatible({ id: 'up', baseURL: `${url}/v1` })],
  ])('%s is broken off where its vendor breaks off', async (kind, create) => {
    const chatWord =
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n'
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write(kind === 'native' ? word('Hi') : chatWord)
      setTimeout(() => res.destroy(), 30)
    })
    await using at = await door({ provider: create(up.url.replace('/v1', '')) })
    for (const query of ['?alt=sse', '']) {
      const res = await at.ask(`/v1beta/models/up:streamGenerateContent${query}`, hello)
      expect(res.status).toBe(200)
      await expect(res.text()).rejects.toThrow()
    }
    expect(at.errors.map(({ code }) => code)).toEqual(['stream_incomplete', 'stream_incomplete'])
  })

  it.each(['native', 'over chat'])('%s is an error where its vendor says nothing', async (kind) => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(': nothing\n\n')
    })
    const url = up.url.replace('/v1', '')
    const provider =
      kind === 'native'
        ? gemini({ apiKey: 'k', baseURL: url })
        : openaiCompatible({ id: 'up', baseURL: `${url}/v1` })
    await using at = await door({ provider })
    const res = await at.ask('/v1beta/models/up:streamGenerateContent?alt=sse', hello)
    expect([res.status, (await errorOf(res)).status]).toEqual([502, 'INTERNAL'])
  })

  it('is kept alive by empty lines alone', async () => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write(word('Hi '))
      setTimeout(() => res.end(word('there', { finishReason: 'STOP' })), 400)
    })
    const provider = gemini({ apiKey: 'k', baseURL: up.url.replace('/v1', '') })
    await using at = await door({ provider, heartbeatMs: 100 })
    const res = await at.ask('/v1beta/models/up:streamGenerateContent?alt=sse', hello)
    const lines = (await res.text()).split('\n')
    expect(lines.filter((line) => line !== '').every((line) => line.startsWith('data: {'))).toBe(
      true,
    )
    expect(lines.filter((line) => line === '').length).toBeGreaterThan(4)
  })

  it.each(['before the first word', 'after it'])(
    'stops its vendor where the client goes %s',
    async (when) => {
      let closed: Promise<unknown> | undefined
      await using up = await upstream((_req, res) => {
        closed = once(res, 'close')
        if (when === 'after it') {
          res.writeHead(200, { 'content-type': 'text/event-stream' })
          res.write(word('Hi'))
        }
      })
      const provider = gemini({ apiKey: 'k', baseURL: up.url.replace('/v1', '') })
      await using at = await door({ provider })
      const req = httpRequest(`${at.url}/v1beta/models/up:streamGenerateContent?alt=sse`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-goog-api-key': KEY },
      })
      req.on('error', () => {})
      req.end(JSON.stringify(hello))
      if (when === 'after it') {
        const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream]
        await once(res, 'data')
      } else await until(() => up.requests.length === 1)
      req.destroy()
      await closed
      expect(up.requests).toHaveLength(1)
    },
  )
})

describe('bad input', () => {
  it.each<[string, unknown, string]>([
    ['contents that are missing', {}, 'contents'],
    ['contents that are none', { contents: 7 }, 'contents'],
    ['an empty list', { contents: [] }, 'contents'],
    ['a part that is none', { contents: [{ parts: ['Hi'] }] }, 'contents[0].parts[0]'],
    ['a text that is none', { contents: [{ parts: [{ text: 7 }] }] }, 'contents[0].parts[0].text'],
    [
      'arguments that are none',
      { contents: [{ role: 'model', parts: [{ functionCall: { name: 'a', args: [] } }] }] },
      'contents[0].parts[0].functionCall.args',
    ],
    ['tools that are none', { ...hello, tools: {} }, 'tools'],
    [
      'a function without a name',
      { ...hello, tools: [{ functionDeclarations: [{}] }] },
      'tools[0].functionDeclarations[0].name',
    ],
    [
      'a temperature in words',
      { ...hello, generationConfig: { temperature: 'hot' } },
      'generationConfig.temperature',
    ],
    [
      'a thousand candidates',
      { ...hello, generationConfig: { candidateCount: 1000 } },
      'generationConfig.candidateCount',
    ],
    [
      'an unknown role',
      { contents: [{ role: 'god', parts: [{ text: 'Hi' }] }] },
      'contents[0].role',
    ],
  ])('is refused with its name: %s', async (_name, body, field) => {
    await using at = await door()
    const res = await at.ask('/v1beta/models/demo:generateContent', body)
    const error = await errorOf(res)
    expect([res.status, error.status]).toEqual([400, 'INVALID_ARGUMENT'])
    expect(error.message).toContain(`'${field}'`)
  })

  it('is refused where it is no JSON, too long, or says nothing of itself', async () => {
    await using at = await door({ maxBodyBytes: 1000 })
    const path = '/v1beta/models/demo:generateContent'
    expect((await errorOf(await at.ask(path, '{"contents":['))).status).toBe('INVALID_ARGUMENT')
    const long = await at.ask(path, { contents: [{ parts: [{ text: 'x'.repeat(2000) }] }] })
    expect([long.status, (await errorOf(long)).code]).toEqual([413, 413])
    const plain = await at.ask(path, 'Hi', { 'content-type': 'text/plain' })
    expect((await errorOf(plain)).status).toBe('INVALID_ARGUMENT')
  })

  it('of odd kinds is answered: many parts, names of objects, foreign signatures, lost results', async () => {
    await using vendor = await fakeVendor()
    const provider = openaiCompatible({ id: 'up', baseURL: `${vendor.url}/v1` })
    await using at = await door({ provider })
    const parts = Array.from({ length: 10_000 }, (_, at) => ({ text: `${at} ` }))
    const functionCall = { name: '__proto__', args: JSON.parse('{"__proto__":{"a":1}}') as object }
    const res = await at.ask('/v1beta/models/up:generateContent', {
      contents: [
        { role: 'user', parts },
        { role: 'model', parts: [{ functionCall, thoughtSignature: 'Zm9yZWlnbg==' }] },
        { role: 'user', parts: [{ functionResponse: { name: '__proto__', response: { a: 1 } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'constructor', response: {} } }] },
        { role: 'user', parts: [{ text: 'and?' }] },
      ],
      tools: [{ functionDeclarations: [{ name: '__proto__' }, { name: 'constructor' }] }],
    })
    expect(res.status).toBe(200)
    expect(await res.json()).toMatchObject({ candidates: [{ finishReason: 'STOP' }] })
    const { messages } = vendor.requests[0]!.body as { messages: Record<string, unknown>[] }
    expect(messages[0]!['content']).toHaveLength(10_000)
    expect(JSON.stringify(messages)).not.toContain('Zm9yZWlnbg')
    expect(messages[1]).toMatchObject({
      tool_calls: [{ function: { name: '__proto__', arguments: '{}' } }],
    })
    expect(messages[2]).toMatchObject({ role: 'tool', content: '{"a":1}' })
    expect(messages[3]).toMatchObject({ role: 'user' })
  })
})

describe('keys and limits', () => {
  it('take a key from the header, from the query, or as everybody else', async () => {
    await using at = await door()
    const url = `${at.url}/v1beta/models/demo:generateContent`
    const body = JSON.stringify(hello)
    const headers = { 'content-type': 'application/json' }
    const post = (address: string, more: Record<string, string> = {}) =>
      fetch(address, { method: 'POST', headers: { ...headers, ...more }, body })
    expect((await post(`${url}?key=${KEY}`)).status).toBe(200)
    expect((await post(url, { authorization: `Bearer ${KEY}` })).status).toBe(200)
    expect((await post(url, { 'x-goog-api-key': KEY })).status).toBe(200)
    for (const refused of [await post(url), await post(`${url}?key=sk-wrong-0123456789`)]) {
      const text = await refused.clone().text()
      expect([refused.status, (await errorOf(refused)).status]).toEqual([401, 'UNAUTHENTICATED'])
      expect(text).not.toContain('sk-wrong')
    }
  })

  it('never tell a key of the query to anybody', async () => {
    const asked: string[] = []
    await using up = await upstream((req, res) => {
      asked.push(`${req.url} ${JSON.stringify(req.headers)}`)
      res.writeHead(500, { 'content-type': 'application/json' })
      res.end('{"error":{"code":500,"message":"Oh","status":"INTERNAL"}}')
    })
    const provider = gemini({ apiKey: 'AIza-up', baseURL: up.url.replace('/v1', '') })
    await using at = await door({ provider })
    const res = await fetch(`${at.url}/v1beta/models/up:generateContent?key=${KEY}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(hello),
    })
    const shown = [await res.text(), JSON.stringify([...res.headers]), ...asked]
    const told = at.errors.map((error) => `${error.message} ${JSON.stringify(error.cause)}`)
    expect(res.status).toBe(500)
    expect(at.errors).toHaveLength(1)
    expect([...shown, ...told].join('\n')).not.toContain(KEY)
  })

  it('say by RetryInfo when to come again, and count tokens for nothing', async () => {
    await using at = await door({ requestsPerMinute: 1 })
    expect((await at.ask('/v1beta/models/demo:generateContent', hello)).status).toBe(200)
    const res = await at.ask('/v1beta/models/demo:generateContent', hello)
    const error = await errorOf(res)
    expect([error.code, error.status]).toEqual([429, 'RESOURCE_EXHAUSTED'])
    expect(error.details).toMatchObject([
      {
        '@type': 'type.googleapis.com/google.rpc.RetryInfo',
        retryDelay: expect.stringMatching(/^\d+s$/) as string,
      },
    ])
    const counted = await at.ask('/v1beta/models/demo:countTokens', hello)
    expect(await counted.json()).toEqual({ totalTokens: 2 })
  })
})

describe('gemini-cli', () => {
  const recorded = (name: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8')) as {
      readonly tools?: readonly { readonly functionDeclarations: readonly unknown[] }[]
    }

  it.each(['gemini-cli.1', 'gemini-cli.2', 'gemini-cli-auto.1'])(
    'is served as it asks in %s, over chat and natively',
    async (name) => {
      const body = recorded(name)
      await using vendor = await fakeVendor({ reply: () => 'All done.' })
      const chat = openaiCompatible({ id: 'up', baseURL: `${vendor.url}/v1` })
      await using overChat = await door({ provider: chat })
      const path = '/v1beta/models/up:streamGenerateContent?alt=sse'
      const res = await overChat.ask(path, body)
      const text = await res.text()
      expect(text).toContain('"finishReason":"STOP"')
      expect(res.headers.get('x-sluice-dropped-params')).toBeNull()
      const sent = vendor.requests[0]!.body as { tools?: unknown[]; messages: { role: string }[] }
      expect(sent.tools?.length).toBe(body.tools?.[0]!.functionDeclarations.length)
      if (name === 'gemini-cli.2')
        expect(sent.messages.slice(-2).map(({ role }) => role)).toEqual(['assistant', 'tool'])

      let received = ''
      await using up = await upstream((_req, answer, sentBody) => {
        received = sentBody
        answer.writeHead(200, { 'content-type': 'text/event-stream' })
        answer.end('data: {"candidates":[{"finishReason":"STOP"}]}\r\n\r\n')
      })
      const provider = gemini({ apiKey: 'k', baseURL: up.url.replace('/v1', '') })
      await using native = await door({ provider })
      const own = await native.ask(path, body)
      expect(await own.text()).toBe('data: {"candidates":[{"finishReason":"STOP"}]}\n\n')
      expect(received).toBe(JSON.stringify(body))
    },
  )
})
