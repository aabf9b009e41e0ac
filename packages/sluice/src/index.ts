export { createRelay, type Relay, type RelayConfig } from './create-relay.ts'
export type { CallCounts } from './call-counter.ts'
export {
  bearerAuth,
  createKey,
  hashKey,
  hostIdentity,
  type ApiKeyRecord,
  type BearerAuthOptions,
} from '@sluice/auth'
export { cache, memoryCacheStore, type CacheOptions } from '@sluice/cache'
export {
  ApiError,
  call,
  compose,
  ConfigError,
  createGate,
  exchangeOf,
  defineMiddleware,
  type Batch,
  type Call,
  type Clock,
  type ErrorContext,
  type ErrorListener,
  type SluiceMiddleware,
  type Gate,
  type Handler,
  type Interceptor,
  type Middleware,
  type Operation,
  type Principal,
} from '@sluice/core'
export {
  endpoints,
  errorHandler,
  mount,
  notFound,
  openApi,
  type EndpointsOptions,
} from '@sluice/endpoints'
export { openaiCompatible, type Provider, type ProviderOptions } from '@sluice/providers'
export { demo } from '@sluice/demo'
export { openai } from '@sluice/providers/openai'
export { rateLimit, type RateLimitOptions } from '@sluice/rate-limit'
export {
  modelRouter,
  type ModelRouter,
  type ModelRouterOptions,
  type Routes,
  type Target,
} from '@sluice/router'
export {
  accumulate,
  bySentence,
  meterUsage,
  pickText,
  redact,
  shareReplayed,
  toAsyncIterable,
} from '@sluice/sse-stream'
