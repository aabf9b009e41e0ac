import { bearerAuth, hostIdentity } from '@sluice/auth'
import { cache } from '@sluice/cache'
import { call, compose, ConfigError, type Middleware } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { openaiCompatible } from '@sluice/providers'
import { fromAiSdk } from '@sluice/providers/ai-sdk'
import { anthropic } from '@sluice/providers/anthropic'
import { azureOpenAI } from '@sluice/providers/azure-openai'
import { demo } from '@sluice/demo'
import { gemini } from '@sluice/providers/gemini'
import { ollama } from '@sluice/providers/ollama'
import { openai } from '@sluice/providers/openai'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import { once } from 'node:events'
import { createRelay } from 'sluice'
import { describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'

/** What people who write no types pass. */
const untyped = (value: unknown) => value as never
const auth = () => bearerAuth({ keys: ['sk-misuse-0123456789'] })
const unset = untyped(undefined)

const mistakes: readonly (readonly [string, () => unknown, code: string, fix: RegExp])[] = [
  [
    'a vendor that was not called, in endpoints',
    () => endpoints(untyped(openai)),
    'ERR_ENDPOINTS_HANDLER',
    /`openai\(…\)`/,
  ],
  [
    'Gemini that was not called',
    () => endpoints(untyped(gemini)),
    'ERR_ENDPOINTS_HANDLER',
    /`gemini\(…\)`/,
  ],
  [
    'Azure that was not called',
    () => endpoints(untyped(azureOpenAI)),
    'ERR_ENDPOINTS_HANDLER',
    /`azureOpenAI\(…\)`/,
  ],
  [
    'a router that was not called',
    () => endpoints(untyped(modelRouter)),
    'ERR_ENDPOINTS_HANDLER',
    /`modelRouter\(…\)`/,
  ],
  [
    'a stage as a handler',
    () => endpoints(untyped(auth())),
    'ERR_ENDPOINTS_HANDLER',
    /takes a handler first/,
  ],
  [
    'endpoints in endpoints',
    () => endpoints(untyped(endpoints(demo()))),
    'ERR_ENDPOINTS_HANDLER',
    /takes a handler/,
  ],
  [
    'options before the handler',
    () => endpoints(untyped({}), untyped(demo())),
    'ERR_ENDPOINTS_HANDLER',
    /first/,
  ],
  [
    'a vendor that was not called, in a route',
    () => modelRouter({ 'gpt-*': untyped(openai) }),
    'ERR_ROUTER_ROUTES',
    /`openai\(\)`/,
  ],
  [
    'a vendor that was not called, as a target with options',
    () => modelRouter({ 'gpt-*': { to: untyped(anthropic), model: 'x' } }),
    'ERR_ROUTER_ROUTES',
    /`anthropic\(\)`/,
  ],
  [
    'a vendor that was not called, in compose',
    () => compose([], untyped(demo)),
    'ERR_CORE_NOT_A_HANDLER',
    /`demo\(…\)`/,
  ],
  [
    'a stage that was not called, in compose',
    () => compose([untyped(cache)], demo()),
    'ERR_CORE_NOT_AN_INTERCEPTOR',
    /cache\(\)/,
  ],
  [
    'compose the other way round',
    () => compose(untyped(demo()), untyped([])),
    'ERR_CORE_NOT_AN_INTERCEPTOR',
    /list of interceptors first/,
  ],
  [
    'compose without a handler',
    () => compose([], untyped(undefined)),
    'ERR_CORE_NOT_A_HANDLER',
    /takes a handler second/,
  ],
  [
    'an operation that there is none of',
    () => call(untyped('chat.completion'), untyped({})),
    'ERR_CORE_CALL',
    /`chat\.completions`/,
  ],
  [
    'an operation by a name of Object',
    () => call(untyped('constructor'), untyped({})),
    'ERR_CORE_CALL',
    /knows no operation/,
  ],
  [
    'params before the operation',
    () => call(untyped({}), untyped('embeddings')),
    'ERR_CORE_CALL',
    /operation first/,
  ],
  [
    'a call without params',
    () => call('embeddings', untyped(undefined)),
    'ERR_CORE_CALL',
    /object of params/,
  ],
  [
    'a key that is not set',
    () => openai({ apiKey: unset }),
    'ERR_PROVIDERS_API_KEY',
    /environment/,
  ],
  ['no key', () => anthropic(), 'ERR_PROVIDERS_API_KEY', /anthropic\(\) has no apiKey/],
  ['no key for Gemini', () => gemini({}), 'ERR_PROVIDERS_API_KEY', /gemini\(\) has no apiKey/],
  ['an empty key', () => openai({ apiKey: '' }), 'ERR_PROVIDERS_OPTIONS', /non-empty/],
  [
    'an alike without an id',
    () => openaiCompatible(untyped({ baseURL: 'http://x/v1' })),
    'ERR_PROVIDERS_OPTIONS',
    /needs id/,
  ],
  [
    'an alike without an address',
    () => openaiCompatible(untyped({ id: 'x' })),
    'ERR_PROVIDERS_OPTIONS',
    /needs baseURL/,
  ],
  [
    'an alike without anything',
    () => openaiCompatible(untyped(undefined)),
    'ERR_PROVIDERS_OPTIONS',
    /one object/,
  ],
  [
    'the AI SDK without a model',
    () => fromAiSdk(untyped(undefined)),
    'ERR_PROVIDERS_OPTIONS',
    /takes a model/,
  ],
  [
    'a bearer key that is not set',
    () => bearerAuth({ keys: [unset] }),
    'ERR_AUTH_KEY',
    /environment/,
  ],
  ['an empty bearer key', () => bearerAuth({ keys: [''] }), 'ERR_AUTH_KEY', /environment/],
  [
    'a path without its slash',
    () => mount('v1', endpoints(demo())),
    'ERR_ENDPOINTS_MOUNT',
    /`\/v1`/,
  ],
  [
    'a path after the stages',
    () => mount(untyped(endpoints(demo())), untyped('/v1')),
    'ERR_ENDPOINTS_MOUNT',
    /first/,
  ],
  ['a mount of nothing', () => mount('/v1'), 'ERR_ENDPOINTS_MOUNT', /no middleware/],
  ['a mount of undefined', () => mount('/v1', unset), 'ERR_ENDPOINTS_MOUNT', /index 1/],
  [
    'a provider as middleware',
    () => mount('/v1', untyped(demo())),
    'ERR_ENDPOINTS_MOUNT',
    /endpoints\(…\)/,
  ],
  [
    'a router as middleware',
    () => mount('/v1', untyped(modelRouter({ demo: demo() }))),
    'ERR_ENDPOINTS_MOUNT',
    /endpoints/,
  ],
  [
    'a stage that was not called, in mount',
    () => mount('/v1', untyped(rateLimit)),
    'ERR_ENDPOINTS_MOUNT',
    /`rateLimit\(…\)`/,
  ],
  [
    'auth behind endpoints',
    () => mount('/v1', endpoints(demo()), auth()),
    'ERR_ENDPOINTS_MOUNT',
    /in front of endpoints/,
  ],
  [
    'limits behind endpoints',
    () => mount('/v1', auth(), endpoints(demo()), rateLimit({})),
    'ERR_ENDPOINTS_MOUNT',
    /rateLimit/,
  ],
  [
    'limits without auth',
    () => createRelay({ routes: { demo: demo() }, limits: {} }),
    'ERR_SLUICE_OPTIONS',
    /Add auth/,
  ],
]

const hosts = [
  ['Express 5', () => express()],
  ['Express 4', () => express4()],
  ['Connect', () => connect() as unknown as express.Express],
] as const

describe('a mistake at set-up', () => {
  it.each(mistakes)('of %s is a ConfigError with the fix', (_name, make, code, fix) => {
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(fix) as string }),
    )
  })

  it.each(hosts)(
    'of a provider or an uncalled factory is found when %s is given it',
    (_name, create) => {
      const wrong = [
        demo(),
        modelRouter({ demo: demo() }),
        openai,
        bearerAuth,
        hostIdentity,
        rateLimit,
        cache,
        endpoints,
      ]
      for (const part of wrong) {
        expect(() => create().use('/v1', untyped(part))).toThrow(
          expect.objectContaining({ code: 'ERR_CORE_MISPLACED' }),
        )
      }
    },
  )

  it.each([
    ['a key in a header of the host', () => openai({ headers: { Authorization: 'Bearer x' } })],
    ['a server of the host’s own', () => openai({ baseURL: 'http://127.0.0.1:9/v1' })],
    ['a server that has no keys', () => ollama()],
    [
      'limits for all together',
      () => createRelay({ routes: { demo: demo() }, limits: { keyBy: 'all' } }),
    ],
    ['a root mount', () => mount('/', auth(), endpoints(demo()))],
  ])('is not seen in %s', (_name, make) => {
    expect(make).not.toThrow()
  })

  it('of a handler that is called with a request is told to the host', () => {
    for (const handler of [demo(), openai({ apiKey: 'x' }), modelRouter({ demo: demo() })]) {
      expect(() =>
        (handler as unknown as Middleware)(
          untyped({}),
          untyped({}),
          untyped(() => {}),
        ),
      ).toThrow(expect.objectContaining({ code: 'ERR_CORE_MISPLACED' }))
    }
  })

  it('of a stage behind endpoints is told once, by a warning, where a host mounts them one by one', async () => {
    const app = express()
    app.use('/v1', endpoints(demo()), auth())
    // oxlint-disable-next-line typescript/no-misused-promises
    await using server = await listen(app)
    const warned = once(process, 'warning')
    await fetch(`${server.url}/v1/of-the-host`)
    const [warning] = (await warned) as [Error & { code?: string }]
    expect([warning.code, warning.message]).toEqual([
      'SLUICE_BEHIND_ENDPOINTS',
      expect.stringContaining('bearerAuth is mounted behind endpoints()'),
    ])
  })
})
