import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import {
  ApiError,
  call,
  compose,
  ConfigError,
  defineMiddleware,
  type Handler,
  type Principal,
} from '@sluice/core'
import { EMPTY, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { hostIdentity, type Identify } from '../src/host-identity.ts'
import { FakeClock } from '@sluice/conformance'
import { guardedServer } from './fixtures/guarded-server.ts'

const SOMEBODY: Principal = { id: 'user-7', tenant: 'alpha', models: ['gpt-*'] }

test('takes the principal from what the host has put on the request', async () => {
  const session = defineMiddleware(
    { name: 'session', phase: 'observe', intercept: (call, next) => next(call) },
    (_exchange, req, _res, next) => {
      Object.assign(req, { user: SOMEBODY })
      next()
    },
  )
  const server = await guardedServer(
    session,
    hostIdentity((req) => (req as IncomingMessage & { user?: Principal }).user),
  )
  expect((await server.ask()).body.principal).toEqual(SOMEBODY)
})

test.each<[string, Identify]>([
  ['at once', () => SOMEBODY],
  ['later', async () => SOMEBODY],
])('lets a request pass that the host knows %s', async (_when, identify) => {
  const server = await guardedServer(hostIdentity(identify))
  expect((await server.ask()).body.principal).toEqual(SOMEBODY)
})

test.each<[string, Identify]>([
  ['undefined', () => undefined],
  ['null', () => null],
  ['a promise of nobody', async () => undefined],
])('answers 401 for %s', async (_what, identify) => {
  const server = await guardedServer(hostIdentity(identify))
  const { status, body } = await server.ask()
  expect(status).toBe(401)
  expect(body.error?.code).toBe('invalid_api_key')
  expect(server.passed).toHaveLength(0)
})

test.each<[string, Identify]>([
  [
    'throws',
    () => {
      throw new Error('session store is down')
    },
  ],
  ['rejects', () => Promise.reject(new Error('session store is down'))],
  ['gives no tenant', () => ({ id: 'user-7' }) as Principal],
  ['gives an empty id', async () => ({ id: '', tenant: 'alpha' })],
])('answers 503 where the host %s', async (_what, identify) => {
  const server = await guardedServer(hostIdentity(identify))
  const { status, body } = await server.ask()
  expect(status).toBe(503)
  expect(body.error?.type).toBe('server_error')
  expect(JSON.stringify(body)).not.toContain('session store')
  expect(server.passed).toHaveLength(0)
})

test('gives a host up that does not answer', async () => {
  const clock = new FakeClock()
  const asked = Promise.withResolvers<void>()
  const identify: Identify = () => {
    asked.resolve()
    return new Promise(() => {})
  }
  const server = await guardedServer(hostIdentity(identify, { timeoutMs: 100, clock }))
  const answer = server.ask()
  await asked.promise
  clock.advance(100)
  expect((await answer).status).toBe(503)
})

test('tells the host when the client leaves', async () => {
  const asked = Promise.withResolvers<AbortSignal>()
  const server = await guardedServer(
    hostIdentity((_req, signal) => {
      asked.resolve(signal)
      return new Promise(() => {})
    }),
  )
  const req = request({ port: server.port, host: '127.0.0.1' }).on('error', () => {})
  req.end()
  const left = once(await asked.promise, 'abort')
  req.destroy()
  await left
  expect(server.passed).toHaveLength(0)
})

test('refuses a composed call without principal', async () => {
  const next: Handler = () => EMPTY
  const refused = firstValueFrom(
    compose([hostIdentity(() => SOMEBODY)], next)(call('models.list', {})),
  )
  await expect(refused).rejects.toSatisfy((error) => ApiError.is(error) && error.status === 401)
})

test('refuses to be made without a function or with unknown options', () => {
  expect(() => hostIdentity(undefined as unknown as Identify)).toThrow(ConfigError)
  expect(() => hostIdentity(() => SOMEBODY, { timeout: 1 } as object)).toThrow(/timeoutMs/)
})
