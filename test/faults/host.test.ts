import { execFile } from 'node:child_process'
import type { RequestListener } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { faultStream, type Fault } from '@sluice/conformance'
import type { Middleware } from '@sluice/core'
import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import compression from 'compression'
import cors from 'cors'
import express, { type RequestHandler } from 'express'
import express4 from 'express4'
import helmet from 'helmet'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ask } from '../support/ask.ts'
import { faultGateway, messages } from '../support/fault-gateway.ts'
import { listen } from '../support/hosts.ts'
import { until } from '../support/until.ts'

const WHOLE = 'Hello from a vendor 🌍.'
const chat = { model: 'demo', messages }

/** A host of Express with middlewares in front of the mount. */
const hostWith =
  (framework: typeof express, before: readonly RequestHandler[]) =>
  (mounted: readonly Middleware[]): RequestListener => {
    const app = framework()
    for (const one of before) app.use(one)
    app.use('/v1', ...mounted)
    // oxlint-disable-next-line typescript/no-misused-promises
    return app
  }

const makers: Readonly<Record<string, () => RequestHandler>> = {
  compression: () => compression({ threshold: 0 }),
  helmet: () => helmet(),
  cors: () => cors(),
  json: () => express.json(),
}
const orders = [
  ['compression', 'helmet', 'cors', 'json'],
  ['json', 'cors', 'helmet', 'compression'],
  ['cors', 'json', 'compression', 'helmet'],
  ['helmet', 'compression', 'json', 'cors'],
]

describe.each([
  { name: 'Express 5', framework: express },
  { name: 'Express 4', framework: express4 },
])('behind the usual middleware of $name', ({ framework }) => {
  it.each(orders)(
    'answers, streams at once and tells failures: %s, %s, %s, %s',
    async (...order) => {
      const gate = Promise.withResolvers<void>()
      const waits: Fault = (_request, { events }) => [
        ...faultStream(events.slice(0, 2), { finally: [{ do: 'wait', until: gate.promise }] }),
        ...faultStream(events.slice(2)).slice(1),
      ]
      const before = order.map((name) => makers[name]!())
      await using gateway = await faultGateway({
        faults: { waits },
        host: hostWith(framework, before),
      })
      const headers = { 'accept-encoding': 'gzip', origin: 'http://host.example' }
      // The vendor says no more until this client has its first word: gathered events would never
      // come.
      const onData = (text: string) => text.includes('Hello') && gate.resolve()
      const got = await gateway.chat(
        'fault:waits',
        { stream: true },
        { headers, onData: (text) => void onData(text) },
      )
      expect([got.status, got.said, got.headers['content-encoding']]).toEqual([
        200,
        WHOLE,
        undefined,
      ])
      expect(got.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': '*',
      })
      expect(got.headers['vary']).toMatch(/Authorization/)
      const broken = await gateway.chat('fault:reset-mid-answer', { stream: true }, { headers })
      expect([broken.error?.code, broken.text.includes('[DONE]')]).toEqual([
        'stream_incomplete',
        false,
      ])
      expect(
        (await gateway.chat('fault:status-500', {}, { headers: { origin: 'http://host.example' } }))
          .error?.code,
      ).toBe('upstream_error')
    },
  )
})

describe('a hook that fails', () => {
  it.each([
    { name: 'Express 5', framework: express },
    { name: 'Express 4', framework: express4 },
  ])('changes no answer under $name', async ({ framework }) => {
    const onError = () => {
      throw new Error('the log is full')
    }
    await using gateway = await faultGateway({ http: { onError }, host: hostWith(framework, []) })
    expect((await gateway.chat('fault:status-500')).error?.code).toBe('upstream_error')
    const broken = await gateway.chat('fault:reset-mid-answer', { stream: true })
    expect([broken.said, broken.error?.code, broken.isWhole]).toEqual([
      'Hello from a vendor',
      'stream_incomplete',
      true,
    ])
    expect((await gateway.chat('fault:ok')).said).toBe(WHOLE)
  })

  it.each<[string, () => unknown]>([
    ['throws', () => expect.fail('a bug of the host')],
    ['gives something that is no answer', () => undefined],
    ['gives something that is no batch', () => of({ nothing: true })],
  ])('is answered with 500 where the handler itself %s', async (_name, handler) => {
    const app = express()
    app.use('/v1', endpoints(handler as never))
    // oxlint-disable-next-line typescript/no-misused-promises
    await using server = await listen(app)
    const got = await ask(`${server.url}/v1/chat/completions`, { body: chat })
    expect([got.status, got.error?.type]).toEqual([500, 'server_error'])
    expect(got.text).not.toContain('a bug of the host')
  })
})

describe('an answer that somebody else has begun', () => {
  it.each<[string, RequestHandler, string]>([
    ['ended', (_req, res, next) => (res.end('mine'), next()), 'mine'],
    [
      'begun',
      (_req, res, next) => (
        res.write('mine, '),
        next(),
        void setImmediate(() => res.end('all of it'))
      ),
      'mine, all of it',
    ],
  ])('is left alone where it is %s already', async (_name, before, text) => {
    const app = express()
    app.use(before)
    app.use('/v1', endpoints(demo({ tokensPerSecond: 0 })))
    // oxlint-disable-next-line typescript/no-misused-promises
    await using server = await listen(app)
    for (const [path, body] of [
      ['/v1/models', undefined],
      ['/v1/chat/completions', chat],
      ['/v1/files', undefined],
    ] as const) {
      const got = await ask(`${server.url}${path}`, body === undefined ? {} : { body })
      expect([path, got.status, got.text]).toEqual([path, 200, text])
    }
  })

  it('is left alone where it ends while the call is under way', async () => {
    await using gateway = await faultGateway({
      host: (mounted) => {
        const app = express()
        app.use((_req, res, next) => {
          setTimeout(() => res.headersSent || res.end('too slow for the host'), 60)
          next()
        })
        app.use('/v1', ...mounted)
        // oxlint-disable-next-line typescript/no-misused-promises
        return app
      },
    })
    const got = await gateway.chat('fault:stall-before-head', { stream: true })
    expect(got.text).toBe('too slow for the host')
    await gateway.vendor.requests[0]!.closed
  })
})

describe('a gateway that closes', () => {
  it('lets running answers finish, refuses new ones with a time to come back, and may close twice', async () => {
    const gate = Promise.withResolvers<void>()
    const waits: Fault = (_request, { events }) => [
      ...faultStream(events.slice(0, 2), { finally: [{ do: 'wait', until: gate.promise }] }),
      ...faultStream(events.slice(2)).slice(1),
    ]
    await using gateway = await faultGateway({ faults: { waits } })
    const spoke = Promise.withResolvers<void>()
    const onData = (text: string) => {
      if (text !== '') spoke.resolve()
    }
    const running = Array.from({ length: 20 }, () =>
      gateway.chat('fault:waits', { stream: true }, { onData }),
    )
    await spoke.promise
    await until(() => gateway.vendor.requests.length === 20)
    gateway.close()
    gateway.close()
    const refused = await gateway.chat('fault:ok')
    expect([refused.status, refused.error?.code, refused.headers['retry-after']]).toEqual([
      503,
      'overloaded',
      '1',
    ])
    gate.resolve()
    expect((await Promise.all(running)).map((got) => got.said)).toEqual(running.map(() => WHOLE))
    expect(await until(() => gateway.vendor.openSockets === 0)).toBe(true)
  })
})

describe('a process', () => {
  const run = promisify(execFile)
  const options = { cwd: fileURLToPath(new URL('../..', import.meta.url)), timeout: 15_000 }
  const script = fileURLToPath(new URL('require.cjs', import.meta.url))

  it.each([
    ['plainly', [] as string[]],
    ['with nothing generated from strings', ['--disallow-code-generation-from-strings']],
    ['with frozen intrinsics', ['--frozen-intrinsics']],
  ])('of CommonJS requires every package, serves and ends, %s', async (_name, flags) => {
    const { stdout } = await run(
      process.execPath,
      ['--conditions=@sluice/source', '--no-warnings', ...flags, script],
      {
        ...options,
        env: {},
      },
    )
    expect(JSON.parse(stdout)).toEqual({ status: 200, pickText: 'function', relay: 'function' })
  })
})

describe('two gateways in one process', () => {
  it('know nothing of each other', async () => {
    await using one = await faultGateway({ concurrency: 1, cached: true })
    // Before the other one counts what is open.
    await one.chat('any')
    await using other = await faultGateway({ cached: true })
    await one.chat('same')
    expect((await other.chat('same')).headers['x-sluice-cache']).toBe('MISS')
    expect([one.vendor.requests.length, other.vendor.requests.length]).toEqual([2, 1])
  })
})
