// What each factory infers and refuses. It is compiled and never run.
import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import {
  call,
  compose,
  createContextKey,
  type Batch,
  type Handler,
  type Middleware,
  type SluiceMiddleware,
} from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessageToolCall,
  CreateEmbeddingResponse,
} from '@sluice/core/wire'
import { demo } from '@sluice/demo'
import { endpoints } from '@sluice/endpoints'
import { openaiCompatible, type Provider } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { azureOpenAI } from '@sluice/providers/azure-openai'
import { openai } from '@sluice/providers/openai'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import {
  accumulate,
  bySentence,
  collectToolCalls,
  eachChunk,
  pickText,
  toAsyncIterable,
} from '@sluice/sse-stream'
import { createRelay, type Relay } from 'sluice'
import type { Observable } from 'rxjs'
import { expectTypeOf } from 'vitest'

const messages = [{ role: 'user' as const, content: 'hi' }]

// Providers, routers and what compose gives are handlers.
expectTypeOf(openai({ apiKey: 'x' })).toEqualTypeOf<Provider>()
expectTypeOf(anthropic({ apiKey: 'x' })).toExtend<Handler>()
expectTypeOf(demo()).toExtend<Handler>()
expectTypeOf(modelRouter({ '*': demo() })).toExtend<Handler>()
expectTypeOf(compose([], demo())).toExtend<Handler>()

// Features are both, middleware and interceptor.
expectTypeOf(bearerAuth({ keys: ['x'] })).toEqualTypeOf<SluiceMiddleware>()
expectTypeOf(rateLimit()).toEqualTypeOf<SluiceMiddleware>()
expectTypeOf(cache({ ttlMs: 1 })).toEqualTypeOf<SluiceMiddleware>()
expectTypeOf(endpoints(demo())).toEqualTypeOf<Middleware>()

// The operation decides about params, chunks and documents.
const chat = demo()(call('chat.completions', { model: 'demo', messages }))
expectTypeOf(chat).toEqualTypeOf<Observable<Batch<ChatCompletionChunk, ChatCompletion>>>()
const vectors = demo()(call('embeddings', { model: 'demo', input: 'hi' }))
expectTypeOf(vectors).toEqualTypeOf<Observable<Batch<never, CreateEmbeddingResponse>>>()

// Operators say what flows behind them.
expectTypeOf(chat.pipe(pickText())).toEqualTypeOf<Observable<string>>()
expectTypeOf(chat.pipe(pickText(), bySentence())).toEqualTypeOf<Observable<string>>()
expectTypeOf(chat.pipe(eachChunk())).toEqualTypeOf<Observable<ChatCompletionChunk>>()
expectTypeOf(chat.pipe(accumulate())).toExtend<Observable<ChatCompletion>>()
expectTypeOf(chat.pipe(collectToolCalls())).toEqualTypeOf<
  Observable<ChatCompletionMessageToolCall>
>()
expectTypeOf(toAsyncIterable(chat.pipe(pickText()))).toExtend<AsyncIterable<string>>()

// The relay.
const relay = createRelay({ routes: { '*': demo() } })
expectTypeOf(relay).toEqualTypeOf<Relay>()
expectTypeOf(relay.chat({ model: 'demo', messages })).toExtend<Observable<Batch>>()

// A key of context carries its type.
const key = createContextKey(0)
expectTypeOf(call('models.list', {}).report.context.get(key)).toEqualTypeOf<number>()

// Functions of the host are told what they get.
rateLimit({ keyBy: (one) => expectTypeOf(one.requestId).toBeString() && one.requestId })
cache({ ttlMs: 1, tenant: (one) => one.principal?.tenant ?? 'none' })
cache({ ttlMs: 1, shouldCache: (one) => one.operation === 'embeddings' })
bearerAuth({ keys: (hash) => (hash === '' ? undefined : { id: 'a', tenant: 'b' }) })
bearerAuth({ keys: async (hash) => ({ id: hash, tenant: 'b' }) })

// @ts-expect-error an unknown option
openai({ apiKey: 'x', timeout: 5 })
// @ts-expect-error a unit that is missing
cache({ ttl: 600 })
// @ts-expect-error Azure has no address of its own
azureOpenAI({ apiKey: 'x' })
// @ts-expect-error no id
openaiCompatible({ baseURL: 'http://127.0.0.1' })
// @ts-expect-error a model has messages
call('chat.completions', { model: 'demo' })
// @ts-expect-error there is no such operation
call('chat.completion', { model: 'demo', messages })
// @ts-expect-error the factory and not what it makes
modelRouter({ '*': openai })
// @ts-expect-error a middleware is no handler
endpoints(cache({ ttlMs: 1 }))
// @ts-expect-error a key for strings takes no number
call('models.list', {}).report.context.set(createContextKey('a'), 1)
// @ts-expect-error the word has changed
rateLimit({ by: 'all' })
