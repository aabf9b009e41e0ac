import { ApiError, defineMiddleware, type Call, type Interceptor } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { defineProvider, type ProviderSpec } from '@sluice/providers'
import { openai } from '@sluice/providers/openai'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import { gzipSync } from 'node:zlib'
import { Observable, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  completion,
  ending,
  stream,
  upstream,
  word,
} from '../../packages/providers/test/upstream.ts'
import { listen } from '../support/hosts.ts'

const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }
const deep = '['.repeat(20_000) + ']'.repeat(20_000)

function ask(
  url: string,
  body: object,
  headers: Record<string, string> = {},
  path = '/chat/completions',
) {
  return fetch(`${url}/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  })
}

/** One place for one request: a slot that does not come back makes the second one fail. */
const gateway = (handler: Parameters<typeof endpoints>[0], heard: ApiError[] = []) =>
  listen(
    mount(
      '/v1',
      rateLimit({ keyBy: 'all', concurrency: 1 }),
      endpoints(handler, { onError: (error) => heard.push(error) }),
    ),
  )

describe('JSON of 20,000 levels from a vendor', () => {
  const whole = JSON.stringify({ ...completion, extra: 0 }).replace('"extra":0', `"extra":${deep}`)
  const event = word('x').replace('"choices"', `"extra":${deep},"choices"`)

  it.each([
    ['whole', false, 200, whole],
    ['whole, where a stream was asked for', true, 200, whole],
    ['in the first event', true, 200, event + ending],
    ['in an error', false, 400, `{"error":{"message":"x","details":${deep}}}`],
  ])('is refused %s, and the slot is back', async (_name, streamed, status, body) => {
    for (const compressed of [false, true]) {
      await using up = await upstream((_req, res) => {
        res.writeHead(status, compressed ? { 'content-encoding': 'gzip' } : {})
        res.end(compressed ? gzipSync(body) : body)
      })
      await using server = await gateway(openai({ apiKey: 'k', baseURL: up.url }))
      for (let turn = 0; turn < 2; turn++) {
        const res = await ask(server.url, { ...chat, stream: streamed })
        expect([res.status, await res.json()]).toMatchObject([
          status === 200 ? 502 : 400,
          { error: {} },
        ])
      }
    }
  })

  it('breaks a stream that has begun, with an error and no [DONE]', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('a')).end(event + ending))
    await using server = await gateway(openai({ apiKey: 'k', baseURL: up.url }))
    for (let turn = 0; turn < 2; turn++) {
      const text = await (await ask(server.url, { ...chat, stream: true })).text()
      expect(text).toContain('"error"')
      expect(text).not.toContain('[DONE]')
    }
  })

  it.each([
    ['/responses', { input: 'hi' }],
    ['/completions', { prompt: 'hi' }],
  ])('is refused over chat at %s', async (path, asked) => {
    await using up = await upstream((_req, res) => res.end(whole))
    const spec = openai.spec
    const overChat: ProviderSpec = { ...spec, responses: undefined as never, operations: {} }
    await using server = await gateway(defineProvider(overChat)({ apiKey: 'k', baseURL: up.url }))
    for (let turn = 0; turn < 2; turn++) {
      const res = await ask(server.url, { model: 'm', ...asked }, {}, path)
      expect(res.status).toBe(502)
    }
  })
})

describe('a dialect that throws', () => {
  const boom = () => {
    throw new TypeError('a fault of the dialect')
  }
  const chatOf = (changes: Partial<NonNullable<ProviderSpec['chat']>>): ProviderSpec => ({
    ...openai.spec,
    chat: { ...openai.spec.chat!, complete: () => undefined, ...changes },
  })

  it.each([
    ['encode', chatOf({ encode: boom }), 500],
    ['decode', chatOf({ decode: boom }), 502],
    ['decoder', chatOf({ decoder: boom }), 502],
    ['the decoder’s decode', chatOf({ decoder: () => ({ verbatim: [], decode: boom }) }), 502],
  ])('in %s fails its request, and no other', async (name, spec, status) => {
    const streamed = name.includes('decoder')
    await using up = await upstream((_req, res) =>
      streamed ? void stream(res, word('a')) : res.end(JSON.stringify(completion)),
    )
    const heard: ApiError[] = []
    await using server = await gateway(
      defineProvider(spec)({ apiKey: 'k', baseURL: up.url }),
      heard,
    )
    for (let turn = 0; turn < 2; turn++) {
      const res = await ask(server.url, { ...chat, stream: streamed })
      expect([res.status, ((await res.json()) as { error: object }).error]).toMatchObject([
        status,
        { type: 'server_error' },
      ])
    }
    expect(heard).toHaveLength(2)
    // The connection of an answer that was given up is closed.
    if (streamed) await expect.poll(() => up.sockets.size).toBe(0)
  })
})

describe('headers that a stage leaves', () => {
  it('are left out where their names are none, which the operator hears', async () => {
    const stage = defineMiddleware({
      name: 'stage',
      phase: 'observe',
      intercept: (call, next) => {
        Object.assign(call.report.headers, {
          'x-good': 'yes',
          'bad name': 'x',
          'content-length': '3',
          'x-newline': 'a\r\nb: c',
          '': 'x',
        })
        return next(call)
      },
    })
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const heard: ApiError[] = []
    const handler = openai({ apiKey: 'k', baseURL: up.url })
    await using server = await listen(
      mount('/v1', stage, endpoints(handler, { onError: (error) => heard.push(error) })),
    )
    const res = await ask(server.url, chat)
    expect([res.status, res.headers.get('x-good'), res.headers.get('x-newline')]).toEqual([
      200,
      'yes',
      'a  b: c',
    ])
    expect(heard.map(({ message }) => /"(.*)"/.exec(message)?.[1])).toEqual([
      'bad name',
      'content-length',
      '',
    ])
  })
})

describe('an Idempotency-Key', () => {
  const keysOf = (up: Awaited<ReturnType<typeof upstream>>) =>
    up.requests.map(({ headers }) => headers['idempotency-key'])
  const named = { 'idempotency-key': 'order-1' }

  it('goes to a vendor that honors it, and to no other', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const other: ProviderSpec = { ...openai.spec, idempotent: false }
    for (const handler of [
      openai({ apiKey: 'k', baseURL: up.url }),
      defineProvider(other)({ apiKey: 'k', baseURL: up.url }),
    ]) {
      await using server = await gateway(handler)
      expect((await ask(server.url, chat, named)).status).toBe(200)
    }
    expect(keysOf(up)).toEqual(['order-1', undefined])
  })

  it('stays the same when a target is asked again, and is another for another target', async () => {
    await using up = await upstream((_req, res) => {
      if (up.requests.length < 4) res.writeHead(503).end('{}')
      else res.end(JSON.stringify(completion))
    })
    const options = { apiKey: 'k', baseURL: up.url }
    const router = modelRouter(
      { m: [openai(options), { to: openai(options), model: 'n' }] },
      { backoffMs: 1, retryBudgetRatio: 1 },
    )
    await using server = await gateway(router)
    expect((await ask(server.url, chat, named)).status).toBe(200)
    const other = keysOf(up)[1]
    expect(other).toMatch(/^[\w-]{43}$/)
    expect(keysOf(up)).toEqual(['order-1', other, 'order-1', other])
  })

  it('goes with no two models, where chance decides which one is asked', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const to = openai({ apiKey: 'k', baseURL: up.url })
    const draws = [0, 0.99, 0, 0.99]
    const router = modelRouter(
      {
        m: [
          { to, model: 'a', weight: 1 },
          { to, model: 'b', weight: 1 },
        ],
      },
      { random: () => draws.shift()! },
    )
    await using server = await gateway(router)
    for (let time = 0; time < 4; time++)
      expect((await ask(server.url, chat, named)).status).toBe(200)
    const asked = up.requests.map(({ body, headers }) => [
      (JSON.parse(body) as { model: string }).model,
      headers['idempotency-key'],
    ])
    expect(asked.map(([model]) => model)).toEqual(['a', 'b', 'a', 'b'])
    expect(asked.slice(2)).toEqual(asked.slice(0, 2))
    expect(asked[0]![1]).not.toBe(asked[1]![1])
  })

  it('is one for each request of a call that is made of several', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const spec: ProviderSpec = { ...openai.spec, chat: { ...openai.spec.chat!, maxChoices: 1 } }
    await using server = await gateway(defineProvider(spec)({ apiKey: 'k', baseURL: up.url }))
    expect((await ask(server.url, { ...chat, n: 3 }, named)).status).toBe(200)
    expect(new Set(keysOf(up)).size).toBe(3)
    expect(keysOf(up)).toContain('order-1')
  })
})

describe('an ApiError', () => {
  it.each([200, 99, 600, 1000, Number.NaN, 404.5])('never has the status %s', (status) => {
    expect(new ApiError('upstream_error', { message: 'm', status }).status).toBe(502)
  })
})

describe('a response that cannot be written', () => {
  it.each(['write', 'end', 'writeHead'] as const)(
    'because the host’s own %s throws is given up',
    async (method) => {
      await using up = await upstream((_req, res) => {
        stream(res, word('a'))
        setTimeout(() => res.end(ending), 20)
      })
      const handler = openai({ apiKey: 'k', baseURL: up.url })
      const settled: Call[] = []
      const watch = defineMiddleware({
        name: 'watch',
        phase: 'observe',
        intercept: (call, next) => {
          settled.push(call)
          return next(call)
        },
      })
      const serve = mount(
        '/v1',
        rateLimit({ keyBy: 'all', concurrency: 1 }),
        watch,
        endpoints(handler),
      )
      await using server = await listen((req, res) => {
        res[method] = () => {
          throw new Error('a fault of the host')
        }
        serve(req, res)
      })
      for (let turn = 0; turn < 2; turn++) {
        const outcome = await ask(server.url, { ...chat, stream: true })
          .then((res) => res.text())
          .catch(() => 'broken')
        expect(outcome).not.toContain('[DONE]')
      }
      expect(settled).toHaveLength(2)
    },
  )
})

describe('an interceptor of the host', () => {
  const boom = () => {
    throw new Error('a fault of the host')
  }
  const kinds: readonly (readonly [string, Interceptor['intercept']])[] = [
    [
      'next',
      (call, next) =>
        new Observable((s) =>
          next(call).subscribe({
            next: boom,
            error: (e) => s.error(e),
            complete: () => s.complete(),
          }),
        ),
    ],
    ['a function for next', (call, next) => new Observable(() => next(call).subscribe(boom))],
    [
      'complete',
      (call, next) =>
        new Observable((s) =>
          next(call).subscribe({ next: (one) => s.next(one), error: boom, complete: boom }),
        ),
    ],
    ['an operator', (call, next) => next(call).pipe(tap(boom))],
    ['subscribe', () => new Observable(boom)],
    ['intercept', boom],
  ]

  it.each(
    kinds.flatMap(([name, intercept]) =>
      [false, true].map((streamed) => ({ name, intercept, streamed })),
    ),
  )(
    'that throws in $name fails its own call, streamed: $streamed',
    async ({ intercept, streamed }) => {
      await using up = await upstream((_req, res) => {
        if (!streamed) return void res.end(JSON.stringify(completion))
        stream(res, word('a'))
        setTimeout(() => res.end(ending), 20)
      })
      const heard: ApiError[] = []
      const handler = openai({ apiKey: 'k', baseURL: up.url })
      const onError = (error: ApiError) => heard.push(error)
      const stage = defineMiddleware({ name: 'stage', phase: 'observe', intercept })
      const serve = mount(
        '/v1',
        rateLimit({ keyBy: 'all', concurrency: 1 }),
        stage,
        endpoints(handler, { onError }),
      )
      await using server = await listen(serve)
      for (let turn = 0; turn < 2; turn++) {
        const res = await ask(server.url, { ...chat, stream: streamed })
        const text = await res.text()
        expect(text).toContain('"type":"server_error"')
        expect(text).not.toContain('[DONE]')
      }
      expect(heard.map(({ cause }) => (cause as Error).message)).toEqual([
        'a fault of the host',
        'a fault of the host',
      ])
    },
  )

  it('that hears of no failures does not end the process by one', async () => {
    await using up = await upstream((_req, res) =>
      res.writeHead(400).end('{"error":{"message":"no"}}'),
    )
    const deaf = defineMiddleware({
      name: 'deaf',
      phase: 'observe',
      intercept: (call, next) => new Observable((s) => next(call).subscribe((one) => s.next(one))),
    })
    const handler = openai({ apiKey: 'k', baseURL: up.url })
    await using server = await listen(mount('/v1', deaf, endpoints(handler)))
    expect((await ask(server.url, chat)).status).toBe(400)
  })
})
