/**
 * Sluice with everything on: Express 5, hashed keys, limits, routes, validation, metering; the
 * cache and an operator by flags. `--port N --vendor URL [--cache] [--operator]`
 */
import { setFlagsFromString } from 'node:v8'
import { anthropic } from '@sluice/providers/anthropic'
import { openaiCompatible } from '@sluice/providers'
import { gemini } from '@sluice/providers/gemini'
import express from 'express'
import { defineMiddleware, openai, createRelay, type Middleware } from 'sluice'
import { tap } from 'rxjs'
import { argument, flag } from '../arguments.ts'

// What the README advises to whoever holds thousands of streams open.
setFlagsFromString('--no-allocation-site-pretenuring')

const vendor = argument('vendor')
let characters = 0

/** What a user's own operator does: it looks at every token's text. */
const reader = defineMiddleware({
  name: 'reader',
  phase: 'observe',
  intercept: (call, next) =>
    next(call).pipe(
      tap((batch) => {
        characters += batch.text().length
      }),
    ),
})

const { middleware } = createRelay({
  routes: {
    'claude*': anthropic({ apiKey: 'sk-vendor', baseURL: vendor }),
    'gemini*': gemini({ apiKey: 'sk-vendor', baseURL: vendor }),
    'alike*': openaiCompatible({ id: 'alike', apiKey: 'x', baseURL: `${vendor}/v1` }),
    '*': openai({ apiKey: 'sk-vendor', baseURL: `${vendor}/v1` }),
  },
  auth: { keys: ['sk-bench-0123456789abcdef'] },
  limits: {
    requestsPerMinute: 100_000_000,
    tokensPerMinute: 1_000_000_000,
    concurrency: 1_000_000,
  },
  http: { dialects: ['openai', 'anthropic', 'gemini'] },
  ...(flag('cache') ? { cache: { ttlMs: 600_000 } } : {}),
})
const stages: Middleware[] = flag('operator') ? [reader, middleware] : [middleware]

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.use('/v1', ...stages)
const server = app.listen(Number(argument('port')), '127.0.0.1', 4096)
server.keepAliveTimeout = 65_000
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => process.exit(characters < 0 ? 1 : 0))
