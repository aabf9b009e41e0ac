import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import type { Call, SluiceMiddleware, Handler } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { of } from 'rxjs'
import { describe, expect, onTestFinished, test } from 'vitest'

const asJson = (path: string, body: object) => (model: string, stream: boolean) => ({
  path,
  init: {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, ...body, ...(stream ? { stream } : {}) }),
  },
})
const asForm =
  (path: string, fields: Readonly<Record<string, string | Blob>>) => (model: string) => {
    const body = new FormData()
    body.set('model', model)
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    return { path, init: { method: 'POST', body } }
  }
const asGemini = (method: string, body: object) => (model: string, stream: boolean) => {
  const streamed = method === 'generateContent' && stream ? 'streamGenerateContent' : method
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'small', ...body }),
  }
  return { path: `/models/${model}:${streamed}`, init }
}
const content = { parts: [{ text: 'hi' }] }
const file = new Blob([Buffer.from('iVBORw0KGgo=', 'base64')], { type: 'image/png' })

const operations = {
  'chat.completions': asJson('/chat/completions', { messages: [{ role: 'user', content: 'hi' }] }),
  completions: asJson('/completions', { prompt: 'hi' }),
  embeddings: asJson('/embeddings', { input: 'hi' }),
  moderations: asJson('/moderations', { input: 'hi' }),
  'audio.speech': asJson('/audio/speech', { input: 'hi', voice: 'alloy' }),
  'audio.transcriptions': asForm('/audio/transcriptions', { file }),
  'audio.translations': asForm('/audio/translations', { file }),
  'images.generate': asJson('/images/generations', { prompt: 'hi' }),
  'images.edit': asForm('/images/edits', { prompt: 'hi', image: file }),
  'images.createVariation': asForm('/images/variations', { image: file }),
  'responses.create': asJson('/responses', { input: 'hi' }),
  'responses in the background': asJson('/responses', { input: 'hi', background: true }),
  'models.generateContent': asGemini('generateContent', { contents: [content] }),
  'models.countTokens': asGemini('countTokens', { contents: [content] }),
  'embeddings by Gemini': asGemini('embedContent', { content }),
  'models.retrieve': (model: string) => ({ path: `/models/${model}`, init: {} }),
}

/** Something like an answer to any operation. */
function answerTo(call: Call): unknown {
  const { operation, model } = call
  if (operation === 'models.list') {
    return {
      object: 'list',
      data: ['small', 'big'].map((id) => ({ id, object: 'model', created: 1, owned_by: 'v' })),
    }
  }
  if (operation === 'embeddings') return { object: 'list', data: [{ embedding: [1] }], model }
  const message = { role: 'assistant', content: 'hello', refusal: null }
  const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }]
  const status = 'completed'
  return {
    id: 'resp_1',
    object: operation,
    created: 1,
    model,
    choices,
    results: [{}],
    data: [],
    output: [],
    status,
  }
}

async function surface(order: readonly ('limits' | 'cache')[], isRouted: boolean) {
  const asked: Call[] = []
  const vendor = ((call: Call) => {
    asked.push(call)
    return of(new DocumentBatch<unknown, unknown>({ value: answerTo(call) }, call.gate))
  }) as Handler
  const features: Record<'limits' | 'cache', SluiceMiddleware> = {
    limits: rateLimit({ requestsPerMinute: 1000 }),
    cache: cache({ ttlMs: 60_000, cacheToolCalls: true }),
  }
  const keys = [
    { key: 'sk-all', tenant: 'acme' },
    { key: 'sk-small', tenant: 'acme', models: ['small', 'tiny-*'] },
  ]
  const handler = isRouted ? modelRouter({ small: vendor, big: vendor, alias: 'big' }) : vendor
  const stages = order.map((name) => features[name])
  const server = createServer(
    mount(
      '/v1',
      bearerAuth({ keys }),
      ...stages,
      endpoints(handler, { dialects: ['openai', 'gemini'] }),
    ),
  )
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const ask = async (key: string, { path, init }: { path: string; init: RequestInit }) => {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` }
    const response = await fetch(base + path, { ...init, headers })
    const text = await response.text()
    return { status: response.status, headers: Object.fromEntries(response.headers), text }
  }
  return { asked, ask }
}

const orders = [[], ['limits'], ['cache'], ['limits', 'cache'], ['cache', 'limits']] as const
const stacks = orders.flatMap((order) => [false, true].map((isRouted) => ({ order, isRouted })))

describe.each(stacks)('behind $order (routed: $isRouted)', ({ order, isRouted }) => {
  test.each(Object.entries(operations))(
    '%s gives no model to a key without the right to it, though a colleague has just asked',
    async (_name, make) => {
      const { asked, ask } = await surface(order, isRouted)
      for (const model of isRouted ? ['big', 'alias'] : ['big']) {
        expect((await ask('sk-all', make(model, false))).status).toBe(200)
        const before = asked.length
        for (const stream of [false, true]) {
          const refused = await ask('sk-small', make(model, stream))
          expect(refused.status).toBe(404)
          const message = `The model \`${model}\` does not exist or you do not have access to it.`
          const isGoogles = make(model, stream).path.includes(':')
          expect(JSON.parse(refused.text)).toEqual({
            error: isGoogles
              ? { code: 404, message, status: 'NOT_FOUND' }
              : { message, type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
          })
        }
        // A router asks its providers for their lists before it says that a model is not there; it
        // may not ask for more.
        expect(asked.slice(before).filter(({ operation }) => operation !== 'models.list')).toEqual(
          [],
        )
      }
      expect((await ask('sk-small', make('small', false))).status).toBe(200)
    },
  )

  test('the list of models holds those that a key may use', async () => {
    const { ask } = await surface(order, isRouted)
    const listed = async (key: string) => {
      const { text } = await ask(key, { path: '/models', init: {} })
      return (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id)
    }
    expect(await listed('sk-all')).toEqual(expect.arrayContaining(['big', 'small']))
    expect(await listed('sk-small')).toEqual(['small'])
  })
})

test('a model that a key may not use looks like one that does not exist, in headers too', async () => {
  const { ask } = await surface(['limits', 'cache'], true)
  const make = operations['chat.completions']
  const [forbidden, unknown] = [
    await ask('sk-small', make('big', false)),
    await ask('sk-small', make('tiny-x', false)),
  ]
  const changing = ['x-request-id', 'date', 'content-length', 'x-ratelimit-remaining-requests']
  const names = Object.keys(forbidden.headers)
  expect(names).toEqual(Object.keys(unknown.headers))
  for (const name of names) {
    if (changing.includes(name) || name.startsWith('x-ratelimit-')) continue
    expect(forbidden.headers[name]).toBe(unknown.headers[name])
  }
  expect(forbidden.text.replaceAll('big', 'tiny-x')).toBe(unknown.text)
})
