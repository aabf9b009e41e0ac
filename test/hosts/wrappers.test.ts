import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { rateLimit } from '@sluice/rate-limit'
import compression from 'compression'
import oldCompression from 'compression-1.7'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import oldSession from 'express-session-1.17'
import express4 from 'express4'
import morgan from 'morgan'
import oldMorgan from 'morgan-1.10'
import { describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'

const KEY = 'sk-wrappers-0123456789'
const sessions = { secret: 'of the test', resave: false, saveUninitialized: true }
const logged: string[] = []
const log = { write: (line: string) => logged.push(line) }

/**
 * Sets a header of its own at the last moment, as `response-time` and many hand-written ones do.
 */
const ownWriteHead: RequestHandler = (_req, res, next) => {
  const writeHead = res.writeHead.bind(res)
  res.writeHead = ((status: number, ...rest: unknown[]) => {
    const headers = rest.find((one) => typeof one === 'object') ?? {}
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value as string)
    res.setHeader('x-response-time', '1 ms')
    return writeHead(status)
  }) as typeof writeHead
  next()
}

const wrappers: readonly (readonly [string, readonly RequestHandler[]])[] = [
  ['compression 1.7', [oldCompression()]],
  ['compression 1.8', [compression()]],
  ['express-session 1.17', [oldSession(sessions)]],
  ['express-session 1.19', [session(sessions)]],
  ['morgan 1.10', [oldMorgan('combined', { stream: log })]],
  ['morgan 1.12', [morgan('combined', { stream: log })]],
  ['a writeHead of the host', [ownWriteHead]],
  [
    'the old ones together',
    [oldMorgan('tiny', { stream: log }), oldSession(sessions), oldCompression(), ownWriteHead],
  ],
  [
    'the new ones together',
    [morgan('tiny', { stream: log }), session(sessions), compression(), ownWriteHead],
  ],
]

const frameworks = [
  ['Express 5', express],
  ['Express 4', express4],
] as const

describe.each(
  frameworks.flatMap(([name, framework]) =>
    wrappers.map(([by, list]) => ({ name, framework, by, list })),
  ),
)('$by under $name', ({ framework, list }) => {
  const start = () => {
    const app = framework()
    for (const wrapper of list) app.use(wrapper)
    app.use(
      '/v1',
      bearerAuth({ keys: [KEY] }),
      rateLimit({ concurrency: 5 }),
      cache({ ttlMs: 60_000 }),
      endpoints(demo({ tokensPerSecond: 0 })),
    )
    // oxlint-disable-next-line typescript/no-misused-promises
    return listen(app)
  }
  const post = (url: string, body: object, key = KEY) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const params = { model: 'demo', messages: [{ role: 'user', content: 'Say hello' }] }
  /** No header has a name or value that came of another's letters. */
  const expectHeaders = (res: Response) => {
    for (const [name, value] of res.headers) {
      expect(name).not.toMatch(/^\d+$/)
      expect(name.length).toBeGreaterThan(2)
      expect(value).not.toBe('')
    }
    expect(res.headers.get('x-request-id')).toMatch(/^req_\w{32}$/)
  }

  it('leaves whole answers, streams, hits and refusals as they are', async () => {
    await using server = await start()
    const whole = await post(server.url, params)
    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'application/json'])
    expectHeaders(whole)
    const { choices } = (await whole.json()) as { choices: { message: { content: string } }[] }
    const hit = await post(server.url, params)
    expectHeaders(hit)
    expect(hit.headers.get('x-sluice-cache')).toBe('HIT')
    await hit.body?.cancel()

    const streamed = await post(server.url, { ...params, stream: true, temperature: 0.5 })
    expect(streamed.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(streamed.headers.get('content-encoding')).toBeNull()
    expectHeaders(streamed)
    const events = (await streamed.text()).split('\n\n').filter(Boolean)
    expect(events.at(-1)).toBe('data: [DONE]')
    const text = events
      .slice(0, -1)
      .map(
        (event) =>
          (JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0],
      )
      .map((choice) => choice?.delta.content ?? '')
      .join('')
    expect(text).toBe(choices[0]!.message.content)

    const refused = await post(server.url, params, 'sk-unknown')
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      401,
      'application/json; charset=utf-8',
    ])
    expectHeaders(refused)
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_api_key' } })
    const bad = await post(server.url, { model: 'demo' })
    expect([bad.status, bad.headers.get('cache-control')]).toEqual([400, 'private, no-store'])
    expectHeaders(bad)
    await bad.body?.cancel()
    const models = await fetch(`${server.url}/v1/models`, {
      headers: { authorization: `Bearer ${KEY}` },
    })
    expect(models.status).toBe(200)
    expectHeaders(models)
    await models.body?.cancel()
  })

  it('keeps what the host says of Vary', async () => {
    const app = framework()
    for (const wrapper of list) app.use(wrapper)
    app.use((_req, res, next) => {
      res.vary('Origin')
      next()
    })
    app.use('/v1', bearerAuth({ keys: [KEY] }), endpoints(demo({ tokensPerSecond: 0 })))
    // oxlint-disable-next-line typescript/no-misused-promises
    await using server = await listen(app)
    for (const key of [KEY, 'sk-unknown']) {
      const res = await post(server.url, params, key)
      expect(res.headers.get('vary')).toMatch(/^(?=.*\bOrigin\b)(?=.*\bAuthorization\b)/)
      await res.body?.cancel()
    }
  })
})
