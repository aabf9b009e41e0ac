import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import type { ApiError, Call, ErrorContext, Handler, Middleware } from '@sluice/core'
import { endpoints, memoryResponseStore, mount } from '@sluice/endpoints'
import { memoryLimitStore, rateLimit, type LimitStore } from '@sluice/rate-limit'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { of } from 'rxjs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const broken = () => {
  throw new Error('broken by the host')
}

/** A promise of the host's own making. */
const thenable = (then: unknown) =>
  new Proxy({}, { get: (_target, name) => (name === 'then' ? then : undefined) })

/**
 * Ways in which a function of the host can fail that is meant to return, or to promise, something.
 */
const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: broken,
  'throws what is no error': () => {
    throw null
  },
  rejects: async () => broken(),
  'never settles': () => new Promise(() => {}),
  'has a then that throws': () => thenable(broken),
  'has a then that cannot be read': () => new Proxy({}, { get: broken }),
  'fails twice': () =>
    thenable((_kept: unknown, failed: (error: Error) => void) => {
      failed(new Error('once'))
      failed(new Error('twice'))
    }),
}
/** Values that none of the functions may give, at once or by a promise. */
const NONSENSE: Readonly<Record<string, () => unknown>> = {
  'gives a list': () => [],
  'gives a number': () => -5,
  'gives an object': () => ({ rows: [] }),
  'gives a text by a promise': async () => 'text',
  'gives true by a promise': async () => true,
  'gives an object by a promise': async () => ({ rows: [] }),
  'gives what cannot be read': () =>
    new Proxy(
      {},
      { get: (_target, name) => (name === 'then' ? undefined : broken()), ownKeys: broken },
    ),
}

interface Parts {
  readonly auth?: object
  readonly limits?: object
  readonly cache?: object
  readonly http?: object
  readonly responses?: object
}

async function surface(parts: Parts) {
  const died = vi.fn()
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, died)
    onTestFinished(() => void process.off(event, died))
  }
  // A mistake in the set-up is said to the process as well.
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  const onError = vi.fn<(error: ApiError, context: ErrorContext) => void>()
  const vendor = ((call: Call) => {
    const choices = [
      { index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' },
    ]
    const value = {
      id: 'resp_1',
      object: 'response',
      created: 1,
      status: 'completed',
      model: 'm',
      choices,
      output: [],
    }
    return of(new DocumentBatch<unknown, unknown>({ value }, call.gate))
  }) as Handler
  const stages: Middleware[] = [
    bearerAuth({ keys: ['sk-1'], timeoutMs: 40, onError, ...parts.auth }),
    rateLimit({ concurrency: 1, storeTimeoutMs: 40, ...parts.limits }),
    cache({ ttlMs: 60_000, storeTimeoutMs: 40, ...parts.cache }),
    endpoints(vendor, {
      onError,
      responses: { storeTimeoutMs: 40, ...parts.responses },
      ...parts.http,
    }),
  ]
  const server = createServer(mount('/v1', ...stages))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const ask = async (
    path = '/chat/completions',
    body?: object,
    headers: object = { authorization: 'Bearer sk-1' },
  ) => {
    const response = await fetch(base + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(5000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      cache: response.headers.get('x-sluice-cache'),
      body: JSON.parse(text) as never,
    }
  }
  const chat = () =>
    ask('/chat/completions', { model: 'm', messages: [{ role: 'user', content: 'hi' }] })
  const calm = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(died).not.toHaveBeenCalled()
  }
  return { ask, chat, calm, onError }
}

const everyWay = Object.entries({ ...WAYS, ...NONSENSE })

/** What each function is, how it is put in, and what a request gets whose function fails. */
const REFUSING: Readonly<Record<string, { status: number; parts: (fn: () => unknown) => Parts }>> =
  {
    keys: { status: 503, parts: (keys) => ({ auth: { keys } }) },
    keyBy: { status: 500, parts: (keyBy) => ({ limits: { keyBy } }) },
    estimateTokens: { status: 500, parts: (estimateTokens) => ({ limits: { estimateTokens } }) },
    tenant: { status: 500, parts: (tenant) => ({ cache: { tenant } }) },
    shouldCache: { status: 500, parts: (shouldCache) => ({ cache: { shouldCache } }) },
    'a limit store that stays closed': {
      status: 503,
      parts: (acquire) => ({
        limits: { failOpen: false, store: { ...memoryLimitStore(), leaseMs: 1000, acquire } },
      }),
    },
  }

describe.each(Object.entries(REFUSING))('%s', (_name, { status, parts }) => {
  test.each(everyWay)('that %s fails this request, is told, and ends nothing', async (_way, fn) => {
    const { chat, calm, onError } = await surface(parts(fn))
    const answers = [await chat(), await chat()]
    expect(answers.map((answer) => answer.status)).toEqual([status, status])
    expect(JSON.stringify(answers)).not.toContain('broken by the host')
    await calm()
    expect(onError).toHaveBeenCalledTimes(2)
  })
})

describe('identify', () => {
  test.each(everyWay)(
    'that %s fails this request, is told, and ends nothing',
    async (_way, identify) => {
      const { ask, calm, onError } = await surface({ auth: { identify } })
      expect((await ask('/models', undefined, {})).status).toBe(503)
      await calm()
      expect(onError).toHaveBeenCalledTimes(1)
      expect(onError.mock.calls[0]![1].stage).toBe('bearerAuth')
    },
  )
})

/** A store in memory of which one method is the host's. */
function limitStore(method: keyof LimitStore, fn: () => unknown): object {
  const near = memoryLimitStore()
  return {
    leaseMs: 30,
    acquire: (...given: Parameters<LimitStore['acquire']>) => near.acquire(...given),
    settle: (...given: Parameters<LimitStore['settle']>) => near.settle(...given),
    release: (...given: Parameters<LimitStore['release']>) => near.release(...given),
    renew: (...given: Parameters<LimitStore['renew']>) => near.renew(...given),
    [method]: fn,
  }
}

describe('a limit store', () => {
  test.each(everyWay)(
    'whose acquire %s lets calls pass uncounted, as the policy says, and is told',
    async (_w, fn) => {
      const { chat, calm, onError } = await surface({
        limits: { store: limitStore('acquire', fn) },
      })
      expect((await chat()).status).toBe(200)
      await calm()
      expect(onError).toHaveBeenCalledTimes(1)
      expect(onError.mock.calls[0]![1]).toMatchObject({
        stage: 'rateLimit',
        call: { operation: 'chat.completions' },
      })
    },
  )

  test.each(
    Object.entries(WAYS).flatMap(([way, fn]) =>
      (['settle', 'release'] as const).map((m) => [m, way, fn] as const),
    ),
  )('whose %s %s takes nothing from the client', async (method, _way, fn) => {
    const { chat, calm } = await surface({
      limits: { concurrency: 0, onError: () => {}, store: limitStore(method, fn) },
    })
    expect((await chat()).status).toBe(200)
    await calm()
  })
})

describe('a cache store', () => {
  const methods = ['get', 'set', 'delete'] as const
  const rows = everyWay.flatMap(([way, fn]) => methods.map((method) => [method, way, fn] as const))
  test.each(rows)('whose %s %s is as good as none', async (method, way, fn) => {
    const store = {
      get: () => (method === 'delete' ? {} : undefined),
      set: () => {},
      delete: () => {},
      [method]: fn,
    }
    const { chat, calm, onError } = await surface({ cache: { store } })
    const answers = [await chat(), await chat()]
    expect(answers.map((answer) => answer.status)).toEqual([200, 200])
    await calm()
    // What `set` and `delete` give is nobody's concern.
    if (method === 'get' || way in WAYS) expect(onError.mock.calls[0]?.[1].stage).toBe('cache')
  })
})

describe('a response store', () => {
  const stored = { model: 'm', input: 'hi' }
  test.each(everyWay)('whose get %s is a 503, and is told', async (_way, get) => {
    const { ask, calm, onError } = await surface({
      responses: { store: { ...memoryResponseStore(), get } },
    })
    expect((await ask('/responses/resp_1')).status).toBe(503)
    expect((await ask('/responses', { ...stored, previous_response_id: 'resp_1' })).status).toBe(
      503,
    )
    await calm()
    expect(onError).toHaveBeenCalledTimes(2)
  })

  test.each(Object.entries(WAYS))('whose put %s still gives the response', async (_way, put) => {
    const { ask, calm, onError } = await surface({
      responses: { store: { ...memoryResponseStore(), put } },
    })
    const { status, body } = await ask('/responses', stored)
    expect([status, (body as { store: unknown }).store]).toEqual([200, false])
    await calm()
    expect(onError).toHaveBeenCalledTimes(1)
  })
})

describe.each<[string, (fn: () => unknown) => Parts, number]>([
  ['onError of endpoints', (onError) => ({ auth: {}, http: { onError } }), 400],
  [
    'onError of rateLimit',
    (onError) => ({ limits: { onError, store: limitStore('acquire', broken) } }),
    200,
  ],
  [
    'onStoreError',
    (onStoreError) => ({ limits: { onStoreError, store: limitStore('acquire', broken) } }),
    200,
  ],
  [
    'onError of cache',
    (onError) => ({ cache: { onError, store: { get: broken, set: broken, delete: broken } } }),
    200,
  ],
  [
    'onStoreError',
    (fn) => ({ cache: { onStoreError: fn, store: { get: broken, set: broken, delete: broken } } }),
    200,
  ],
  ['onError of bearerAuth', (onError) => ({ auth: { keys: broken, onError } }), 503],
])('%s', (_name, parts, status) => {
  test.each(everyWay)('that %s harms no request', async (_way, fn) => {
    const { ask, calm } = await surface(parts(fn))
    const messages = status === 400 ? 5 : [{ role: 'user', content: 'hi' }]
    expect((await ask('/chat/completions', { model: 'm', messages })).status).toBe(status)
    await calm()
  })
})
