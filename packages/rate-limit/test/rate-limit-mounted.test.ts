import { once } from 'node:events'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ApiError,
  call,
  compose,
  exchangeOf,
  sendError,
  type Batch,
  type Handler,
} from '@sluice/core'
import { expect, onTestFinished, test } from 'vitest'
import { rateLimit, type RateLimitOptions } from '../src/rate-limit.ts'
import { usageBatch, usageOf, words } from './fixtures/batches.ts'
import { upstream } from './fixtures/upstream.ts'

/**
 * A bare `node:http` server: `x-tenant` says who calls, the feature is mounted, what it left on the
 * exchange wraps the handler.
 */
async function serve(options: RateLimitOptions, next: Handler): Promise<number> {
  const limit = rateLimit(options)
  const server = createServer((req, res) => {
    const exchange = exchangeOf(req)
    const tenant = String(req.headers['x-tenant'] ?? 'alpha')
    exchange.principal = { id: 'key', tenant }
    limit(req, res, () => {
      const params = { model: 'm', messages: [], max_tokens: 90, stream: true }
      const given = call('chat.completions', params, { principal: exchange.principal })
      const answer = compose(
        exchange.interceptors,
        next,
      )(given).subscribe({
        next: (batch: Batch) => {
          if (!res.headersSent) res.writeHead(200, given.report.headers)
          res.write(batch.bytes)
        },
        error: (error: unknown) => sendError(req, res, ApiError.from(error)),
        complete: () => res.end(),
      })
      res.once('close', () => answer.unsubscribe())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function open(port: number, tenant = 'alpha'): Promise<IncomingMessage> {
  const req = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    agent: false,
    headers: { 'x-tenant': tenant },
  })
  req.on('error', () => {})
  req.end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  res.on('error', () => {})
  return res
}

async function bodyOf(res: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of res) text += String(piece)
  return text
}

/** An upstream that says a word at once and then waits for the test. */
function talking() {
  const vendor = upstream()
  const handler = ((given) => {
    const answer = vendor.handler(given)
    queueMicrotask(() => vendor.answers.at(-1)?.emit(words('hello')))
    return answer
  }) as Handler
  return { vendor, handler }
}

test('puts the limits into the headers of an answer, and a refusal into the shape of OpenAI', async () => {
  const { vendor, handler } = talking()
  const port = await serve({ requestsPerMinute: 1, tokensPerMinute: 1000 }, handler)
  const first = await open(port)
  expect(first.statusCode).toBe(200)
  expect(first.headers).toMatchObject({
    'x-ratelimit-limit-requests': '1',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '1m0s',
    'x-ratelimit-limit-tokens': '1000',
  })
  const refused = await open(port)
  expect(refused.statusCode).toBe(429)
  expect(Number(refused.headers['retry-after-ms'])).toBeGreaterThan(50_000)
  expect(refused.headers['x-ratelimit-remaining-requests']).toBe('0')
  const { error } = JSON.parse(await bodyOf(refused)) as { error: Record<string, unknown> }
  expect(error).toMatchObject({ type: 'requests', code: 'rate_limit_exceeded', param: null })
  vendor.answers[0]!.end()
  await bodyOf(first)
})

test('frees the slot of a client that goes away in the middle of a stream, and stops its upstream', async () => {
  const { vendor, handler } = talking()
  const port = await serve({ concurrency: 1 }, handler)
  const first = await open(port)
  await once(first, 'data')
  expect((await open(port)).statusCode).toBe(429)
  first.destroy()
  await expect.poll(() => vendor.open).toBe(0)
  expect((await open(port)).statusCode).toBe(200)
})

test('lets no more parallel clients of a tenant in than it may, and other tenants undisturbed', async () => {
  const { vendor, handler } = talking()
  const port = await serve({ concurrency: 5 }, handler)
  const answers = await Promise.all([
    ...Array.from({ length: 20 }, () => open(port, 'alpha')),
    ...Array.from({ length: 5 }, () => open(port, 'beta')),
  ])
  const statuses = answers.map(({ statusCode }) => statusCode)
  expect(statuses.slice(0, 20).filter((status) => status === 200)).toHaveLength(5)
  expect(statuses.slice(20)).toEqual([200, 200, 200, 200, 200])
  for (const answer of vendor.answers) {
    answer.emit(usageBatch(usageOf(1, 1)))
    answer.end()
  }
  await Promise.all(answers.map(bodyOf))
  expect(
    (await Promise.all(Array.from({ length: 5 }, () => open(port, 'alpha')))).map(
      (res) => res.statusCode,
    ),
  ).toEqual([200, 200, 200, 200, 200])
})

test('comes back to where it began after any number of clients that go away', async () => {
  const { vendor, handler } = talking()
  const port = await serve({ requestsPerMinute: 0, concurrency: 10 }, handler)
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(Array.from({ length: 10 }, () => open(port)))
    expect(clients.map(({ statusCode }) => statusCode)).not.toContain(429)
    for (const client of clients) client.destroy()
    await expect.poll(() => vendor.open).toBe(0)
  }
})
