import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bearerAuth, hostIdentity } from '@sluice/auth'
import type { Middleware } from '@sluice/core'
import { endpoints, errorHandler, mount } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { memoryLimitStore } from '@sluice/rate-limit'
import express, { type ErrorRequestHandler } from 'express'
import express4 from 'express4'
import { createRelay } from 'sluice'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const down = () => {
  throw new Error('db is down')
}
const passed = vi.fn()
/** A host that goes on whatever it is told. */
const naive =
  (middleware: Middleware): RequestListener =>
  (req, res) =>
    middleware(req, res, () => passed())
const ask = async (server: Server, path = '/v1/models') => {
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const response = await fetch(url, { headers: { authorization: 'Bearer sk-1' } })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: await response.json(),
  }
}
const UNAVAILABLE = {
  status: 503,
  type: 'application/json; charset=utf-8',
  body: { error: expect.objectContaining({ code: 'server_error' }) as object },
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s', (_name, framework) => {
  test.each([
    ['bearerAuth', () => bearerAuth({ keys: down })],
    ['bearerAuth that waits', () => bearerAuth({ keys: async () => down() })],
    ['hostIdentity', () => hostIdentity(down)],
  ])(
    'hears of a failure at the door of %s by its own error handler, behind ours',
    async (_door, door) => {
      const heard = vi.fn()
      const [inner, reached] = [vi.fn(), vi.fn()]
      const hears: ErrorRequestHandler = async (error: Error, _req, res, _next) => {
        heard(error.message)
        await new Promise(setImmediate)
        // Without a look at `headersSent`, as many do.
        res.status(500).json({ nonsense: true })
      }
      const app = framework()
      app.use('/v1', door(), endpoints(demo()), errorHandler({ onError: inner }))
      app.use(reached)
      app.use(hears)
      expect(await ask(app.listen(0, '127.0.0.1'))).toEqual(UNAVAILABLE)
      await vi.waitFor(() => expect(heard.mock.calls).toEqual([['db is down']]))
      expect(inner).toHaveBeenCalledTimes(1)
      expect(reached).not.toHaveBeenCalled()
      await new Promise((resolve) => setTimeout(resolve, 20))
    },
  )

  test('without any error handler answers in JSON, and says it where it says all errors', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => said.mockRestore())
    const app = framework()
    app.set('env', 'development')
    app.use('/v1', bearerAuth({ keys: down }), endpoints(demo()))
    expect(await ask(app.listen(0, '127.0.0.1'))).toEqual(UNAVAILABLE)
    await vi.waitFor(() => expect(String(said.mock.calls[0]?.[0])).toContain('db is down'))
  })
})

test.each([
  ['mount without a next', () => mount('/v1', bearerAuth({ keys: down }), endpoints(demo()))],
  [
    'mount with a next that takes no error',
    () => naive(mount('/v1', bearerAuth({ keys: down }), endpoints(demo()))),
  ],
  [
    'a relay',
    () => naive(createRelay({ routes: { demo: demo() }, auth: { keys: down } }).middleware),
  ],
])('%s warns, and goes nowhere', async (_what, make) => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  passed.mockClear()
  expect(await ask(createServer(make()).listen(0, '127.0.0.1'))).toEqual(UNAVAILABLE)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(warned).toHaveBeenCalledTimes(1)
  expect(passed).not.toHaveBeenCalled()
})

test('a relay tells all its failures to one listener', async () => {
  const onError = vi.fn()
  const routes = { demo: demo() }
  const store = { ...memoryLimitStore(), leaseMs: 1000, acquire: down }
  const app = express()
  app.use('/shut', createRelay({ routes, auth: { keys: down }, onError }).middleware)
  const open = createRelay({
    routes,
    limits: { keyBy: 'all', store },
    cache: { ttlMs: 1000, tenant: 'shared' },
    onError,
  })
  app.use('/open', open.middleware)
  const server = app.listen(0, '127.0.0.1')
  expect(await ask(server, '/shut/models')).toEqual(UNAVAILABLE)
  await new Promise<void>((done) => {
    open
      .chat({ model: 'demo', messages: [{ role: 'user', content: 'hi' }] })
      .subscribe({ complete: done })
  })
  expect(onError.mock.calls.map((told) => (told[1] as { stage: string }).stage)).toEqual([
    'bearerAuth',
    'rateLimit',
  ])
})
