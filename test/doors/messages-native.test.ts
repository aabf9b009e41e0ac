import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { bearerAuth } from '@sluice/auth'
import { fakeVendor } from '@sluice/conformance'
import type { Handler } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { anthropic } from '@sluice/providers/anthropic'
import { openai } from '@sluice/providers/openai'
import { modelRouter } from '@sluice/router'
import { describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'
import {
  event,
  messageFor,
  messagesVendor,
  streamFor,
  type Script,
} from '../support/messages-vendor.ts'
import { until } from '../support/until.ts'

const VENDOR_KEY = 'sk-ant-vendor-0123456789'
const ask = { model: 'claude-x', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }
const start = event('message_start', {
  message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage: {} },
})
const word = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'a' } })
const opened = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }

async function door(script?: Script, options: object = {}, wrap = (one: Handler) => one) {
  const vendor = await messagesVendor(script)
  const provider = anthropic({ apiKey: VENDOR_KEY, baseURL: vendor.url, ...options })
  const server = await listen(
    mount('/v1', endpoints(wrap(provider), { dialects: ['openai', 'anthropic'] })),
  )
  const post = (body: unknown, path = '/messages', headers: Record<string, string> = {}) =>
    fetch(`${server.url}/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    vendor,
    server,
    post,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await vendor[Symbol.asyncDispose]()
    },
  }
}

const streaming = (res: Parameters<Script>[0]) =>
  res.writeHead(200, { 'content-type': 'text/event-stream' })

describe('messages to a vendor that speaks them', () => {
  it.each([1, 7, 100, 1_000_000])(
    'gives the stream as it came, in pieces of %i bytes',
    async (size) => {
      const params = { ...ask, stream: true, thinking: { type: 'enabled' }, tools: [{ name: 't' }] }
      const bytes = Buffer.from(streamFor(params))
      await using at = await door(async (res) => {
        streaming(res)
        for (let from = 0; from < bytes.length; from += size) {
          res.write(bytes.subarray(from, from + size))
          if (size < 100 || from % 500 === 0) await new Promise(setImmediate)
        }
        res.end()
      })
      const response = await at.post(params)
      expect(response.headers.get('content-type')).toContain('text/event-stream')
      expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(bytes.toString())
    },
  )

  it('gives a whole message as it came', async () => {
    const text = ` ${JSON.stringify(messageFor(ask), null, 1)}\n`
    await using at = await door((res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end(text),
    )
    const response = await at.post(ask)
    expect(await response.text()).toBe(text)
    expect(response.headers.get('request-id')).toMatch(/^req_/)
  })

  it('sends the body on byte for byte, with the headers that are Anthropic’s and its own key', async () => {
    await using at = await door()
    const body = `{ "max_tokens":100, "future":{"é":1.50}, "model": "claude-x",\n"messages":[{"role":"user","content":"h\\u00e9"}]}`
    await at.post(body, '/messages?beta=true', {
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'a-2026,b-2025',
      'anthropic-new-thing': '1',
      'x-api-key': 'sk-client-0123456789',
      authorization: 'Bearer sk-client-0123456789',
      cookie: 'secret=1',
    })
    const [request] = at.vendor.requests
    expect(request!.body).toBe(body)
    expect(request!.path).toBe('/v1/messages')
    expect(request!.headers).toMatchObject({
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'a-2026,b-2025',
      'anthropic-new-thing': '1',
      'x-api-key': VENDOR_KEY,
    })
    expect(JSON.stringify(request!.headers)).not.toMatch(/sk-client|secret/)
  })

  it('names another model where the router says so, and changes nothing else', async () => {
    await using at = await door(undefined, {}, (one) =>
      modelRouter({ 'claude-x': { to: one, model: 'claude-real' } }),
    )
    const body = `{"max_tokens":100,"model":"claude-x", "messages":[{"role":"user","content":"hi"}]}`
    await at.post(body)
    expect(at.vendor.requests[0]!.body).toBe(body.replace('claude-x', 'claude-real'))
  })

  it('has tokens counted by the vendor', async () => {
    await using at = await door()
    const { max_tokens: _, ...params } = ask
    const response = await at.post(params, '/messages/count_tokens?beta=true')
    expect(await response.text()).toBe(
      '{"input_tokens":2095,"context_management":{"original_input_tokens":3000}}',
    )
    expect(at.vendor.requests[0]!.path).toBe('/v1/messages/count_tokens')
  })

  const words = 'prompt is too long: 210000 tokens > 200000 maximum'
  it.each([
    [400, 'invalid_request_error', words],
    [404, 'not_found_error', 'model: claude-x'],
    [413, 'request_too_large', 'Request exceeds the maximum size'],
    [429, 'rate_limit_error', 'This request would exceed your rate limit'],
    [500, 'api_error', 'Internal server error'],
    [529, 'overloaded_error', 'Overloaded'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.'],
  ])('hands a vendor’s %i %s on in its own words', async (status, type, message) => {
    const body = {
      type: 'error',
      error: { type, message, details: null },
      request_id: 'req_vendor',
    }
    await using at = await door((res) =>
      res
        .writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' })
        .end(JSON.stringify(body)),
    )
    const response = await at.post(ask)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual(body)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('request-id')).toMatch(/^req_/)
  })

  it('keeps to itself that its own key was refused, unless it is told to say so', async () => {
    const refused: Script = (res) =>
      res.writeHead(401, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          type: 'error',
          error: { type: 'authentication_error', message: `invalid x-api-key ${VENDOR_KEY}` },
        }),
      )
    await using at = await door(refused)
    const response = await at.post(ask)
    expect(response.status).toBe(502)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } })
    await using exposed = await door(refused, { exposeAuthErrors: true })
    const told = await exposed.post(ask)
    expect(told.status).toBe(401)
    const text = await told.text()
    expect(text).toContain('authentication_error')
    expect(text).not.toContain(VENDOR_KEY)
  })

  it('makes an ordinary error of one that comes before the first word', async () => {
    await using at = await door((res) =>
      streaming(res).end(start + event('ping') + event('error', overloaded)),
    )
    const response = await at.post({ ...ask, stream: true })
    expect(response.status).toBe(529)
    expect(await response.json()).toEqual(overloaded)
  })

  it('hands an error behind the first word on as an event, and ends there', async () => {
    await using at = await door((res) =>
      streaming(res).end(start + opened + word + event('error', overloaded)),
    )
    const response = await at.post({ ...ask, stream: true })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(start + opened + word + event('error', overloaded))
  })

  it.each(['reset', 'clean end'])('tells of a stream that is cut by a %s', async (how) => {
    await using at = await door(async (res) => {
      streaming(res).write(start + opened + word)
      await wait(30)
      if (how === 'reset') res.destroy()
      else res.end()
    })
    const text = await (await at.post({ ...ask, stream: true })).text()
    expect(text.startsWith(start + opened + word)).toBe(true)
    expect(text).toContain('event: error\ndata: {"type":"error","error":{"type":"api_error"')
    expect(text).not.toContain('message_stop')
  })

  it('answers 502 for a stream that is cut before it has said anything', async () => {
    await using at = await door((res) => streaming(res).end(start + event('ping')))
    const response = await at.post({ ...ask, stream: true })
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } })
  })

  it('makes a stream of a message that comes as a whole', async () => {
    await using at = await door((res, params) =>
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(messageFor(params))),
    )
    const text = await (await at.post({ ...ask, stream: true, tools: [{ name: 't' }] })).text()
    const events = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)
    expect(events[0]).toBe('message_start')
    expect(events.slice(-2)).toEqual(['message_delta', 'message_stop'])
    expect(text).toContain('"partial_json":"{\\"city\\":\\"Paris\\"}"')
  })

  it.each([
    ['before the vendor has answered', ''],
    ['before the first word', start],
    ['in the middle', start + opened + word],
  ])('leaves the vendor when the client goes %s', async (_when, said) => {
    await using at = await door((res) => {
      if (said !== '') streaming(res).write(said)
    })
    const gone = new AbortController()
    const asked = fetch(`${at.server.url}/v1/messages`, {
      method: 'POST',
      signal: gone.signal,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ask, stream: true }),
    }).then((response) => response.text())
    expect(await until(() => at.vendor.requests.length === 1)).toBe(true)
    await wait(30)
    gone.abort()
    await expect(asked).rejects.toThrow()
    expect(await until(() => at.vendor.requests[0]!.aborted)).toBe(true)
  })

  it('goes to another vendor, over its chat, while nothing has been said', async () => {
    await using fake = await fakeVendor()
    const second = openai({ apiKey: 'sk-x', baseURL: `${fake.url}/v1` })
    await using at = await door(
      (res) => streaming(res).end(start + event('error', overloaded)),
      {},
      (one) => modelRouter({ 'claude-x': [one, second] }),
    )
    const response = await at.post({ ...ask, stream: true })
    const text = await response.text()
    expect(response.headers.get('x-sluice-provider')).toBe('openai')
    const said = [...text.matchAll(/"text_delta","text":"([^"]*)"/g)].map(([, piece]) => piece)
    expect(said.join('')).toBe('You said: hi')
    expect(text.trimEnd().endsWith('{"type":"message_stop"}')).toBe(true)
  })

  it('sends Anthropic no thoughts that another vendor had, and its own as they are', async () => {
    await using fake = await fakeVendor({
      reply: () => ({ content: 'Hello.', reasoning_content: 'Hm.' }),
    })
    await using at = await door(undefined, {}, (one) =>
      modelRouter({
        'claude-x': one,
        other: openai({ apiKey: 'sk-x', baseURL: `${fake.url}/v1` }),
      }),
    )
    const first = (await (await at.post({ ...ask, model: 'other' })).json()) as {
      content: { type: string }[]
    }
    expect(first.content.map(({ type }) => type)).toEqual(['thinking', 'text'])
    const own = { type: 'thinking', thinking: 'Ah.', signature: 'EqQBvendor' }
    await at.post({
      ...ask,
      messages: [
        ...ask.messages,
        { role: 'assistant', content: first.content },
        ...ask.messages,
        { role: 'assistant', content: [own, { type: 'text', text: 'Yes.' }] },
        ...ask.messages,
      ],
    })
    const sent = JSON.parse(at.vendor.requests[0]!.body) as typeof ask
    expect(sent.messages[1]!.content).toEqual([{ type: 'text', text: 'Hello.' }])
    expect(sent.messages[3]!.content).toEqual([own, { type: 'text', text: 'Yes.' }])
  })
})

const recorded = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../fixtures/claude-code/${name}.request.json`, import.meta.url), 'utf8'),
  ) as { body: Record<string, unknown>; headers: Record<string, string>; path: string }

describe('Claude Code', () => {
  it.each(['2', '3', 'known-model.1', 'thinking.2', 'nonstream.1', 'count-tokens.2'])(
    'has its request %s go to Anthropic as it is',
    async (name) => {
      const { body, headers, path } = recorded(name)
      await using at = await door()
      const response = await at.post(body, path.slice(3), {
        'anthropic-version': headers['anthropic-version']!,
        'anthropic-beta': headers['anthropic-beta']!,
      })
      expect(response.status).toBe(200)
      expect(await response.text()).not.toBe('')
      expect(at.vendor.requests[0]!.body).toBe(JSON.stringify(body))
      expect(at.vendor.requests[0]!.headers['anthropic-beta']).toBe(headers['anthropic-beta'])
    },
  )

  it('is told by whom it is refused, and comes once', async () => {
    await using vendor = await messagesVendor()
    await using server = await listen(
      mount(
        '/v1',
        bearerAuth({ keys: ['sk-real-0123456789abcdef'] }),
        endpoints(anthropic({ apiKey: VENDOR_KEY, baseURL: vendor.url }), {
          dialects: ['anthropic'],
        }),
      ),
    )
    const response = await fetch(`${server.url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'sk-wrong' },
      body: JSON.stringify(ask),
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'authentication_error' },
    })
  })
})
