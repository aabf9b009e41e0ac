import { once } from 'node:events'
import { IncomingMessage, request, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { ApiError, call, compose, ConfigError, exchangeOf, type Handler } from '@sluice/core'
import { EMPTY, firstValueFrom, lastValueFrom } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { bearerAuth, type BearerAuthOptions } from '../src/bearer-auth.ts'
import { createKey } from '../src/keys/create-key.ts'
import { hashKey } from '../src/keys/hash-key.ts'
import type { ApiKeyRecord } from '../src/keys/api-key-record.ts'
import { FakeClock } from '@sluice/conformance'
import { guardedServer } from './fixtures/guarded-server.ts'

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

describe('a list of keys', () => {
  test('lets a known key pass and says whose it is', async () => {
    const limits = { requestsPerMinute: 10 }
    const server = await guardedServer(
      bearerAuth({
        keys: [
          'sk-plain',
          { key: 'sk-alpha', id: 'alpha-1', tenant: 'alpha', models: ['gpt-*'], limits },
          { hash: hashKey('sk-beta'), id: 'beta' },
          { hash: Buffer.from(hashKey('sk-gamma'), 'hex').toString('base64url') },
        ],
      }),
    )
    const principalOf = async (key: string) => (await server.ask(bearer(key))).body.principal
    const plain = hashKey('sk-plain').slice(0, 12)
    expect(await principalOf('sk-plain')).toEqual({ id: plain, tenant: plain })
    expect(await principalOf('sk-alpha')).toEqual({
      id: 'alpha-1',
      tenant: 'alpha',
      models: ['gpt-*'],
      limits,
    })
    expect(await principalOf('sk-beta')).toEqual({ id: 'beta', tenant: 'beta' })
    expect(await principalOf('sk-gamma')).toMatchObject({ id: hashKey('sk-gamma').slice(0, 12) })
  })

  test('takes the scheme in any case', async () => {
    const server = await guardedServer(bearerAuth({ keys: ['sk-1'] }))
    expect((await server.ask({ authorization: 'bearer sk-1' })).status).toBe(200)
    expect((await server.ask({ authorization: 'BEARER sk-1' })).status).toBe(200)
  })

  test('answers every refused caller with the same 401', async () => {
    const clock = new FakeClock()
    const server = await guardedServer(
      bearerAuth({
        keys: [
          'sk-good',
          { key: 'sk-old', expiresAt: clock.wall() },
          { key: 'sk-off', disabled: true },
        ],
        clock,
      }),
    )
    const refused = await Promise.all([
      server.ask(),
      server.ask({ authorization: '' }),
      server.ask({ authorization: 'Basic c2stZ29vZDo=' }),
      server.ask({ authorization: 'Bearer' }),
      server.ask({ authorization: 'Bearer  sk-good' }),
      server.ask({ authorization: 'Bearer sk-good sk-good' }),
      server.ask(bearer('sk-unknown')),
      server.ask(bearer('sk-old')),
      server.ask(bearer('sk-off')),
      server.ask(bearer('x'.repeat(8000))),
      server.ask(bearer("' OR 1=1--")),
      server.ask(bearer('";DROP')),
      server.ask(bearer('{{7*7}}${1}')),
      server.ask(bearer('__proto__')),
      server.ask(bearer(hashKey('sk-good'))),
    ])
    for (const { status, headers, body } of refused) {
      expect(status).toBe(401)
      expect(headers['www-authenticate']).toBe('Bearer')
      expect(headers['cache-control']).toBe('private, no-store')
      expect(headers['x-request-id']).toMatch(/^req_/)
      expect(body).toEqual(refused[0].body)
    }
    expect(refused[0].body.error).toMatchObject({
      code: 'invalid_api_key',
      type: 'invalid_request_error',
      param: null,
    })
    expect(server.passed).toHaveLength(0)
  })

  test('uses the first of two Authorization headers and never joins them', async () => {
    const server = await guardedServer(bearerAuth({ keys: ['sk-1'] }))
    expect((await server.ask({ authorization: ['Bearer sk-1', 'Bearer sk-2'] })).status).toBe(200)
    expect((await server.ask({ authorization: ['Bearer sk-2', 'Bearer sk-1'] })).status).toBe(401)
  })

  test('tells expiry by the calendar, at each request', async () => {
    const clock = new FakeClock()
    const expiresAt = new Date(clock.wall() + 60_000)
    const server = await guardedServer(bearerAuth({ keys: [{ key: 'sk-1', expiresAt }], clock }))
    expect((await server.ask(bearer('sk-1'))).status).toBe(200)
    clock.advance(59_999)
    expect((await server.ask(bearer('sk-1'))).status).toBe(200)
    clock.advance(1)
    expect((await server.ask(bearer('sk-1'))).status).toBe(401)
    clock.setWall(expiresAt.getTime() - 1)
    expect((await server.ask(bearer('sk-1'))).status).toBe(200)
  })

  test('forgets the keys: nothing that is reachable from a request holds one', async () => {
    const server = await guardedServer(
      bearerAuth({ keys: [{ key: 'sk-secret-of-alpha', tenant: 'alpha' }] }),
    )
    const { body } = await server.ask(bearer('sk-secret-of-alpha'))
    expect(JSON.stringify(body)).not.toContain('secret')
    expect(JSON.stringify(exchangeOf(server.passed[0]!))).not.toContain('secret')
  })

  test('keeps two instances in one process apart', async () => {
    const [first, second] = await Promise.all([
      guardedServer(bearerAuth({ keys: ['sk-1'] })),
      guardedServer(bearerAuth({ keys: ['sk-2'] })),
    ])
    expect((await first.ask(bearer('sk-2'))).status).toBe(401)
    expect((await second.ask(bearer('sk-2'))).status).toBe(200)
  })

  test('refuses 10,000 wrong keys in less than 0.2 ms each', () => {
    const auth = bearerAuth({ keys: ['sk-1'] })
    const next = vi.fn()
    const begin = performance.now()
    for (let index = 0; index < 10_000; index++) {
      const req = new IncomingMessage(new Socket())
      req.headers = bearer(`sk-wrong-${index}`)
      auth(req, new ServerResponse(req), next)
    }
    expect((performance.now() - begin) / 10_000).toBeLessThan(0.2)
    expect(next).not.toHaveBeenCalled()
  })
})

describe('a lookup', () => {
  test('is asked for the hash and never sees the key', async () => {
    const lookup = vi.fn(async (hash: string): Promise<ApiKeyRecord | undefined> =>
      hash === hashKey('sk-1') ? { tenant: 'alpha', id: 'one' } : undefined,
    )
    const server = await guardedServer(bearerAuth({ keys: lookup }))
    expect((await server.ask(bearer('sk-1'))).body.principal).toEqual({
      id: 'one',
      tenant: 'alpha',
    })
    expect((await server.ask(bearer('sk-2'))).status).toBe(401)
    expect(lookup.mock.calls.map(([hash]) => hash)).toEqual([hashKey('sk-1'), hashKey('sk-2')])
  })

  test('may answer at once', async () => {
    const server = await guardedServer(bearerAuth({ keys: () => ({ id: 'one' }) }))
    expect((await server.ask(bearer('sk-1'))).body.principal).toEqual({ id: 'one', tenant: 'one' })
  })

  test('may return a row of a database as it is', async () => {
    const row = {
      id: 'one',
      tenant: 'alpha',
      models: null,
      limits: null,
      expiresAt: null,
      created_at: 'yesterday',
      hash: hashKey('sk-1'),
    }
    const server = await guardedServer(
      bearerAuth({ keys: async () => row as unknown as ApiKeyRecord }),
    )
    expect((await server.ask(bearer('sk-1'))).body.principal).toEqual({
      id: 'one',
      tenant: 'alpha',
    })
  })

  test('does not let a key pass as another one that a careless comparison found', async () => {
    const row = { hash: hashKey('sk-other'), tenant: 'alpha' }
    const server = await guardedServer(bearerAuth({ keys: async () => row }))
    expect((await server.ask(bearer('sk-1'))).status).toBe(401)
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('db://user:pw@host is down'))],
    [
      'throws',
      () => {
        throw new Error('db://user:pw@host is down')
      },
    ],
    [
      'finds something that is no record',
      async () => ({ models: 'gpt-5' }) as unknown as ApiKeyRecord,
    ],
    [
      'finds an expiry that is no moment',
      async () => ({ expiresAt: '2030-01-01' }) as unknown as ApiKeyRecord,
    ],
  ])('that %s is answered with 503 in the shape of OpenAI', async (_what, keys) => {
    const server = await guardedServer(bearerAuth({ keys }))
    const { status, headers, body } = await server.ask(bearer('sk-1'))
    expect(status).toBe(503)
    expect(headers['retry-after']).toBe('1')
    expect(body.error).toMatchObject({ type: 'server_error', code: 'server_error' })
    expect(JSON.stringify(body)).not.toContain('db:')
    expect(server.passed).toHaveLength(0)
  })

  test('may refuse in its own words with an ApiError', async () => {
    const spent = new ApiError('insufficient_quota', {
      message: 'The credit of this key is used up.',
    })
    const server = await guardedServer(bearerAuth({ keys: () => Promise.reject(spent) }))
    const { status, body } = await server.ask(bearer('sk-1'))
    expect(status).toBe(429)
    expect(body.error?.code).toBe('insufficient_quota')
  })

  test('that never answers is given up in time, with its signal aborted', async () => {
    const clock = new FakeClock()
    const asked = Promise.withResolvers<AbortSignal>()
    const keys = (_hash: string, signal: AbortSignal) => {
      asked.resolve(signal)
      return new Promise<undefined>(() => {})
    }
    const server = await guardedServer(bearerAuth({ keys, timeoutMs: 2000, clock }))
    const answer = server.ask(bearer('sk-1'))
    const signal = await asked.promise
    clock.advance(2000)
    expect((await answer).status).toBe(503)
    expect(signal.aborted).toBe(true)
    expect(clock.timers).toBe(0)
  })

  test('is told when the client leaves, and what it then says goes nowhere', async () => {
    const clock = new FakeClock()
    const asked = Promise.withResolvers<AbortSignal>()
    const found = Promise.withResolvers<ApiKeyRecord>()
    const keys = (_hash: string, signal: AbortSignal) => {
      asked.resolve(signal)
      return found.promise
    }
    const server = await guardedServer(bearerAuth({ keys, clock }))
    const req = request({ port: server.port, host: '127.0.0.1', headers: bearer('sk-1') }).on(
      'error',
      () => {},
    )
    req.end()
    const signal = await asked.promise
    const left = once(signal, 'abort')
    req.destroy()
    await left
    found.resolve({ id: 'late' })
    await found.promise
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.passed).toHaveLength(0)
    expect(clock.timers).toBe(0)
  })

  test('that rejects after the client has left harms nobody', async () => {
    const asked = Promise.withResolvers<AbortSignal>()
    const found = Promise.withResolvers<ApiKeyRecord>()
    const keys = (_hash: string, signal: AbortSignal) => {
      asked.resolve(signal)
      return found.promise
    }
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const server = await guardedServer(bearerAuth({ keys }))
    const req = request({ port: server.port, host: '127.0.0.1', headers: bearer('sk-1') }).on(
      'error',
      () => {},
    )
    req.end()
    const left = once(await asked.promise, 'abort')
    req.destroy()
    await left
    found.reject(new Error('too late'))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('leaves no listener and no timer behind', async () => {
    const clock = new FakeClock()
    const server = await guardedServer(bearerAuth({ keys: async () => ({ id: 'one' }), clock }))
    await server.ask(bearer('sk-1'))
    expect(clock.timers).toBe(0)
  })

  test('is asked each time unless its answers may be remembered', async () => {
    const keys = vi.fn(async () => ({ id: 'one' }))
    const server = await guardedServer(bearerAuth({ keys }))
    await server.ask(bearer('sk-1'))
    await server.ask(bearer('sk-1'))
    expect(keys).toHaveBeenCalledTimes(2)
  })

  test('is not asked again while its answer is remembered, and a revoked key ends with that time', async () => {
    const clock = new FakeClock()
    let record: ApiKeyRecord | undefined = { id: 'one' }
    const keys = vi.fn(async () => record)
    const server = await guardedServer(bearerAuth({ keys, cacheMs: 1000, clock }))
    await server.ask(bearer('sk-1'))
    record = undefined
    clock.advance(999)
    expect((await server.ask(bearer('sk-1'))).status).toBe(200)
    expect(keys).toHaveBeenCalledTimes(1)
    clock.advance(1)
    expect((await server.ask(bearer('sk-1'))).status).toBe(401)
  })

  test('remembers an expiry with the record', async () => {
    const clock = new FakeClock()
    const expiresAt = clock.wall() + 500
    const server = await guardedServer(
      bearerAuth({ keys: async () => ({ id: 'one', expiresAt }), cacheMs: 60_000, clock }),
    )
    expect((await server.ask(bearer('sk-1'))).status).toBe(200)
    clock.advance(500)
    expect((await server.ask(bearer('sk-1'))).status).toBe(401)
  })

  test('remembers known keys only, and no more of them than it may', async () => {
    const known = new Set(['sk-1', 'sk-2', 'sk-3'].map(hashKey))
    const keys = vi.fn(async (hash: string) => (known.has(hash) ? { id: hash } : undefined))
    const server = await guardedServer(bearerAuth({ keys, cacheMs: 60_000, maxCachedKeys: 2 }))
    for (const key of ['sk-1', 'sk-2', 'sk-wrong', 'sk-wrong', 'sk-2', 'sk-3', 'sk-1'])
      await server.ask(bearer(key))
    const asked = ['sk-1', 'sk-2', 'sk-wrong', 'sk-wrong', 'sk-3', 'sk-1'].map(hashKey)
    expect(keys.mock.calls.map(([hash]) => hash)).toEqual(asked)
  })

  test('is not asked for a key of ours with a wrong checksum', async () => {
    const { key } = createKey({ prefix: 'sk-acme-' })
    const keys = vi.fn(async () => ({ id: 'one' }))
    const server = await guardedServer(bearerAuth({ keys, checksumPrefix: 'sk-acme-' }))
    expect(
      (await server.ask(bearer(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`))).status,
    ).toBe(401)
    expect(keys).not.toHaveBeenCalled()
    expect((await server.ask(bearer(key))).status).toBe(200)
    expect((await server.ask(bearer('sk-of-another-make'))).status).toBe(200)
  })
})

describe('identify', () => {
  const identify = () => ({ id: 'user-7', tenant: 'alpha' })

  test('answers for a request that has no Authorization header', async () => {
    const server = await guardedServer(bearerAuth({ keys: ['sk-1'], identify }))
    expect((await server.ask()).body.principal).toEqual({ id: 'user-7', tenant: 'alpha' })
    expect((await server.ask(bearer('sk-1'))).body.principal).toMatchObject({
      id: hashKey('sk-1').slice(0, 12),
    })
  })

  test('does not rescue a wrong key', async () => {
    const server = await guardedServer(bearerAuth({ keys: ['sk-1'], identify }))
    expect((await server.ask(bearer('sk-2'))).status).toBe(401)
    expect((await server.ask({ authorization: '' })).status).toBe(401)
  })
})

describe('composed', () => {
  const next: Handler = () => EMPTY

  test('refuses a call without principal with the same error', async () => {
    const server = await guardedServer(bearerAuth({ keys: ['sk-1'] }))
    const { body } = await server.ask()
    const handler = compose([bearerAuth({ keys: ['sk-1'] })], next)
    const refused = firstValueFrom(handler(call('models.list', {})))
    await expect(refused).rejects.toSatisfy((error) => ApiError.is(error))
    await refused.catch((error: ApiError) => {
      expect(error.status).toBe(401)
      expect(error.toBody()).toEqual(body)
    })
  })

  test('lets a call with principal pass', async () => {
    const handler = compose([bearerAuth({ keys: ['sk-1'] })], next)
    const passed = handler(call('models.list', {}, { principal: { id: 'a', tenant: 'a' } }))
    await expect(lastValueFrom(passed, { defaultValue: 'passed' })).resolves.toBe('passed')
  })
})

describe('misuse', () => {
  test.each<[string, unknown, string]>([
    ['no options', undefined, 'ERR_AUTH_OPTIONS'],
    ['no keys', {}, 'ERR_AUTH_OPTIONS'],
    ['keys of the wrong kind', { keys: 'sk-1' }, 'ERR_AUTH_OPTIONS'],
    ['an unknown option', { keys: ['sk-1'], chacheMs: 1 }, 'ERR_AUTH_OPTIONS'],
    ['a negative time', { keys: ['sk-1'], cacheMs: -1 }, 'ERR_AUTH_OPTIONS'],
    ['an empty list', { keys: [] }, 'ERR_AUTH_KEY'],
    ['an empty key', { keys: [''] }, 'ERR_AUTH_KEY'],
    ['a key with a line end', { keys: ['sk-1\n'] }, 'ERR_AUTH_KEY'],
    ['neither key nor hash', { keys: [{ id: 'a' }] }, 'ERR_AUTH_KEY'],
    ['both key and hash', { keys: [{ key: 'sk-1', hash: hashKey('sk-1') }] }, 'ERR_AUTH_KEY'],
    ['a hash of the wrong length', { keys: [{ hash: 'abc' }] }, 'ERR_AUTH_KEY'],
    ['an unknown field', { keys: [{ key: 'sk-1', tennant: 'a' }] }, 'ERR_AUTH_KEY'],
    ['an invalid date', { keys: [{ key: 'sk-1', expiresAt: new Date('soon') }] }, 'ERR_AUTH_KEY'],
    ['a limit below 0', { keys: [{ key: 'sk-1', limits: { concurrency: -1 } }] }, 'ERR_AUTH_KEY'],
    ['a limit that nobody knows', { keys: [{ key: 'sk-1', limits: { rpm: 1 } }] }, 'ERR_AUTH_KEY'],
    ['a key twice', { keys: ['sk-1', { hash: hashKey('sk-1') }] }, 'ERR_AUTH_DUPLICATE_KEY'],
  ])('is told at once: %s', (_what, options, code) => {
    let error: unknown
    try {
      bearerAuth(options as BearerAuthOptions)
    } catch (thrown) {
      error = thrown
    }
    expect(ConfigError.is(error)).toBe(true)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain('sk-1')
  })
})
