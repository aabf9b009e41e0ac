import { createServer } from 'node:http'
import type { Batch } from '@sluice/core'
import { cache } from '@sluice/cache'
import { defineMiddleware } from '@sluice/core'
import { endpoints } from '@sluice/endpoints'
import { openaiCompatible } from '@sluice/providers'
import { openai } from '@sluice/providers/openai'
import {
  interceptResponses,
  meterUsage,
  redact,
  redactCall,
  splitReasoning,
  stopAt,
  type MeteredUsage,
} from '@sluice/sse-stream'
import express from 'express'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  KNOWN_ITEMS,
  SECRET,
  streamedChat,
  streamedCompletion,
  streamedResponse,
  wholeChat,
  wholeCompletion,
  wholeResponse,
} from '../../packages/sse-stream/test/operation-answers.ts'
import { listen } from '../support/hosts.ts'

const cut = (text: string) => text.match(/[^]{1,5}/g)!
const ANSWERS: ReadonlyMap<
  string,
  { readonly whole: () => Batch[]; readonly streamed: () => Batch[] }
> = new Map([
  ['/chat/completions', { whole: wholeChat, streamed: () => streamedChat(cut) }],
  ['/completions', { whole: wholeCompletion, streamed: () => streamedCompletion(cut) }],
  ['/responses', { whole: wholeResponse, streamed: () => streamedResponse(cut, KNOWN_ITEMS) }],
])

/** A vendor whose every answer says the secret wherever it can. It remembers what it was asked. */
async function vendor(asked: string[]) {
  const server = createServer((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      const body = Buffer.concat(parts).toString()
      asked.push(body)
      const path = [...ANSWERS.keys()].find((one) => req.url === `/v1${one}`)
      const { stream } = JSON.parse(body) as { stream?: boolean }
      const answer =
        path === undefined
          ? undefined
          : ANSWERS.get(path)![stream === true ? 'streamed' : 'whole']()
      res.writeHead(answer === undefined ? 404 : 200, {
        'content-type': stream === true ? 'text/event-stream' : 'application/json',
      })
      for (const batch of answer ?? []) res.write(batch.bytes)
      res.end(stream === true && path !== '/responses' ? 'data: [DONE]\n\n' : undefined)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/v1`, close: () => server.close() }
}

describe.each(['native', 'emulated'] as const)('operators in front of %s operations', (kind) => {
  const asked: string[] = []
  const metered: MeteredUsage[] = []
  let upstream: Awaited<ReturnType<typeof vendor>>
  let server: Awaited<ReturnType<typeof listen>>
  let client: OpenAI

  beforeAll(async () => {
    upstream = await vendor(asked)
    const patterns = { card: /\d{16}/ }
    const safe = redactCall({ patterns })
    const options = { apiKey: 'sk-x', baseURL: upstream.url }
    const provider =
      kind === 'native' ? openai(options) : openaiCompatible({ ...options, id: 'fake' })
    const app = express()
    app.use(
      '/v1',
      defineMiddleware({
        name: 'prompts',
        phase: 'guard',
        intercept: (call, next) => next(safe(call)),
      }),
      defineMiddleware(
        interceptResponses({
          name: 'cards',
          operators: [redact({ patterns }), meterUsage((one) => metered.push(one))],
        }),
      ),
      cache({ ttlMs: 60_000, tenant: 'shared' }),
      endpoints(provider),
    )
    app.use(
      '/stopped/v1',
      defineMiddleware({
        name: 'x',
        phase: 'guard',
        intercept: (c, next) => next(c).pipe(splitReasoning()),
      }),
    )
    app.use('/stopped/v1', endpoints(provider))
    app.use(
      '/ended/v1',
      defineMiddleware(
        interceptResponses({
          name: 'x',
          operators: [stopAt('41')],
          operations: ['responses.create'],
        }),
      ),
    )
    app.use('/ended/v1', endpoints(provider))
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(app)
    client = new OpenAI({ apiKey: 'sk-y', baseURL: `${server.url}/v1`, maxRetries: 0 })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    upstream.close()
  })

  const input = `my card is ${SECRET}`
  const messages = [{ role: 'user' as const, content: input }]
  const clean = (value: unknown) => {
    // Random ids may hold any four digits.
    const said = JSON.stringify(value).replace(/_[0-9a-f]{32}\d*"/g, '_"')
    expect(said).not.toMatch(/4111|1{5}/)
    expect(JSON.stringify(value)).toContain('[card_1]')
  }

  it('lets the official client read a streamed response without the secret, and keeps it so', async () => {
    const stream = client.responses.stream({ model: 'm', input, instructions: input })
    const events: unknown[] = []
    stream.on('event', (event) => events.push(event))
    const final = await stream.finalResponse()
    clean(events)
    clean(final)
    expect(final.output_text).toBe('pay [card_1] now')
    clean(await client.responses.retrieve(final.id))
  })

  it('lets it read a whole response, and go on from it', async () => {
    const first = await client.responses.create({ model: 'm', input })
    clean(first)
    clean(await client.responses.create({ model: 'm', input, previous_response_id: first.id }))
  })

  it('keeps a response of the background as its client got it', async () => {
    const { id } = await client.responses.create({
      model: 'm',
      input,
      background: true,
      stream: false,
    })
    let response = await client.responses.retrieve(id)
    while (response.status === 'queued' || response.status === 'in_progress') {
      await new Promise(setImmediate)
      response = await client.responses.retrieve(id)
    }
    expect(response.status).toBe('completed')
    clean(response)
    const events: unknown[] = []
    for await (const event of await client.responses.retrieve(id, { stream: true }))
      events.push(event)
    clean(events)
  })

  it('lets it read completions and chats, streamed and whole, also from the cache', async () => {
    for (let time = 0; time < 2; time++) {
      clean(await client.chat.completions.create({ model: 'm', messages, n: 2 }))
      clean(await client.completions.create({ model: 'm', prompt: input }))
      const chat: unknown[] = []
      for await (const chunk of await client.chat.completions.create({
        model: 'm',
        messages,
        n: 2,
        stream: true,
      })) {
        chat.push(chunk)
      }
      clean(chat)
      const completion: unknown[] = []
      for await (const chunk of await client.completions.create({
        model: 'm',
        prompt: input,
        stream: true,
      })) {
        completion.push(chunk)
      }
      clean(completion)
    }
  })

  it('never sends the secret to the vendor', () => {
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.join('')).not.toContain('4111')
    expect(asked.join('')).toContain('[card_1]')
  })

  it('meters each answer once, by what its vendor says where it says it', () => {
    expect(metered.length).toBeGreaterThanOrEqual(asked.length)
    // A response of the background is left at its last event.
    expect(metered.filter(({ outcome }) => outcome !== 'complete')).toMatchObject([
      { outcome: 'unsubscribe' },
    ])
    expect(metered.some(({ isEstimated, usage }) => !isEstimated && usage.total_tokens === 8)).toBe(
      true,
    )
  })

  it('lets it read a response that an operator ends early', async () => {
    const ending = new OpenAI({ apiKey: 'sk-y', baseURL: `${server.url}/ended/v1`, maxRetries: 0 })
    const final = await ending.responses.stream({ model: 'm', input: 'x' }).finalResponse()
    expect(final).toMatchObject({ status: 'completed', output_text: 'pay ' })
    expect(await ending.responses.retrieve(final.id)).toMatchObject({ output_text: 'pay ' })
    expect((await ending.responses.create({ model: 'm', input: 'x' })).output_text).toBe('pay ')
  })

  it.each([true, false])(
    'fails a response that an operator cannot work on, before any of it leaves (stream: %s)',
    async (stream) => {
      const stopped = new OpenAI({
        apiKey: 'sk-y',
        baseURL: `${server.url}/stopped/v1`,
        maxRetries: 0,
      })
      const failure = await stopped.responses
        .create({ model: 'm', input, stream })
        .catch((error: unknown) => error)
      expect(failure).toMatchObject({ status: 500 })
      expect((failure as Error).message).toContain('ERR_SSE_STREAM_OPERATION')
    },
  )
})
