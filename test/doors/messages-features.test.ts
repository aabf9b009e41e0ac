import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import { fakeVendor } from '@sluice/conformance'
import type { Middleware } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { anthropic } from '@sluice/providers/anthropic'
import { openai } from '@sluice/providers/openai'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import { interceptResponses, redact } from '@sluice/sse-stream'
import { defineMiddleware } from 'sluice'
import { describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'
import { messagesVendor } from '../support/messages-vendor.ts'

const KEY = 'sk-client-0123456789abcdef'
const ask = { max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }

/** Both kinds of vendor behind some features. */
async function door(...features: Middleware[]) {
  const vendor = await messagesVendor()
  const fake = await fakeVendor()
  const router = modelRouter({
    native: anthropic({ apiKey: 'sk-x', baseURL: vendor.url }),
    chat: openai({ apiKey: 'sk-x', baseURL: `${fake.url}/v1` }),
  })
  const surface = endpoints(router, { dialects: ['openai', 'anthropic'] })
  const server = await listen(mount('/v1', bearerAuth({ keys: [KEY] }), ...features, surface))
  return {
    vendor,
    asked: () => vendor.requests.length + fake.requests.length,
    post: (body: object, path = '/messages', headers: Record<string, string> = {}) =>
      fetch(`${server.url}/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': KEY, ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await vendor[Symbol.asyncDispose]()
      await fake.close()
    },
  }
}

const withoutId = (text: string) => text.replace(/"id":"msg_\w+"/, '')

describe.each(['native', 'chat'])('a cache in front of a %s vendor', (model) => {
  it.each([false, true])(
    'gives the same message again under another id (stream: %j)',
    async (stream) => {
      await using at = await door(cache({ ttlMs: 60_000 }))
      const first = await at.post({ ...ask, model, stream })
      const said = await first.text()
      const second = await at.post({ ...ask, model, stream })
      const again = await second.text()
      expect([first, second].map(({ headers }) => headers.get('x-sluice-cache'))).toEqual([
        'MISS',
        'HIT',
      ])
      expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'))
      expect(again).not.toBe(said)
      expect(withoutId(again)).toBe(withoutId(said))
      expect(at.asked()).toBe(1)
    },
  )

  it('keeps forms, versions and betas apart, and no calls of tools', async () => {
    await using at = await door(cache({ ttlMs: 60_000 }))
    const cached = async (body: object, headers = {}) => {
      const response = await at.post({ ...ask, model, ...body }, '/messages', headers)
      await response.text()
      return response.headers.get('x-sluice-cache')
    }
    expect(await cached({})).toBe('MISS')
    expect(await cached({ stream: true })).toBe('MISS')
    expect(await cached({}, { 'anthropic-beta': 'x-2026' })).toBe('MISS')
    expect(await cached({}, { 'anthropic-version': '2026-10-21' })).toBe('MISS')
    expect(await cached({})).toBe('HIT')
    if (model === 'chat') return
    const tools = [{ name: 'f', input_schema: {} }]
    expect(await cached({ tools })).toBe('MISS')
    expect(await cached({ tools })).toBe('MISS')
  })
})

describe.each(['native', 'chat'])('limits in front of a %s vendor', (model) => {
  it.each([false, true])('settle what a message has cost (stream: %j)', async (stream) => {
    await using at = await door(rateLimit({ tokensPerMinute: 1_000_000, requestsPerMinute: 10 }))
    const left = async () => {
      const response = await at.post({ ...ask, model, stream })
      await response.text()
      return Number(response.headers.get('x-ratelimit-remaining-tokens'))
    }
    const first = await left()
    // The reservation of 100 tokens has been given back, but for what was spent.
    expect(first - (await left())).toBeLessThan(60)
  })

  it('refuse in Anthropic’s form, and let tokens be counted for nothing', async () => {
    await using at = await door(rateLimit({ requestsPerMinute: 1 }))
    expect((await at.post({ ...ask, model })).status).toBe(200)
    const refused = await at.post({ ...ask, model })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error' },
    })
    const { messages } = ask
    for (let at429 = 0; at429 < 3; at429++)
      expect((await at.post({ model, messages }, '/messages/count_tokens')).status).toBe(200)
  })

  it('reserve the whole prompt', async () => {
    await using at = await door(rateLimit({ tokensPerMinute: 1000 }))
    const long = { ...ask, model, system: [{ type: 'text', text: 'word '.repeat(2000) }] }
    expect((await at.post(long)).status).toBe(429)
  })
})

describe.each(['native', 'chat'])('an operator in front of a %s vendor', (model) => {
  it.each([false, true])('redacts what is said (stream: %j)', async (stream) => {
    const patterns = { word: /monde|You said/ }
    const intercepted = interceptResponses({ name: 'redact', operators: [redact({ patterns })] })
    await using at = await door(defineMiddleware(intercepted))
    const text = await (await at.post({ ...ask, model, stream })).text()
    const said = [...text.matchAll(/"text":"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part).join('')
    expect(said).toContain('[word_1]')
    expect(said).not.toMatch(/monde|You said/)
    if (stream) expect(text.trimEnd()).toMatch(/event: message_stop\ndata: .*"message_stop".*$/)
  })
})
