import { bearerAuth, type BearerAuthOptions } from '@sluice/auth'
import { cache, type CacheOptions } from '@sluice/cache'
import {
  call,
  checkOptions,
  compose,
  ConfigError,
  option,
  type Batch,
  type ErrorListener,
  type SluiceMiddleware,
  type Middleware,
  type Principal,
} from '@sluice/core'
import { markFactory } from '@sluice/core/internal'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
} from '@sluice/core/wire'
import { endpoints, type EndpointsOptions } from '@sluice/endpoints'
import { rateLimit, type RateLimitOptions } from '@sluice/rate-limit'
import {
  modelRouter,
  type ModelRouterOptions,
  type RouteExplanation,
  type Routes,
} from '@sluice/router'
import type { Observable } from 'rxjs'
import { callCounter, type CallCounts } from './call-counter.ts'

/** The usual stack, as one object. A stage that is left out is not there. */
export interface RelayConfig {
  /** Model names and who answers them; see `modelRouter`. */
  readonly routes: Routes
  readonly routing?: ModelRouterOptions | undefined
  /** Who may call. Without it everybody may. */
  readonly auth?: BearerAuthOptions | undefined
  /** How much one caller may. Needs `auth`, or a `keyBy` of its own. */
  readonly limits?: RateLimitOptions | undefined
  readonly cache?: CacheOptions | undefined
  readonly http?: EndpointsOptions | undefined
  /** Hears of every failure of every stage that has no `onError` of its own. */
  readonly onError?: ErrorListener | undefined
}

/** A relay, ready to be mounted and to be called in the same process. */
export interface Relay {
  /** The whole stack as one middleware: `app.use('/v1', relay.middleware)`. */
  readonly middleware: Middleware
  /**
   * The same stack with no HTTP in front: a cold Observable of batches, whose unsubscribing stops
   * the upstream. `principal` says on whose behalf; it is needed where the relay has `auth`.
   */
  chat(
    params: ChatCompletionCreateParams,
    options?: { readonly principal?: Principal | undefined },
  ): Observable<Batch<ChatCompletionChunk, ChatCompletion>>
  /** What the relay is doing and has done. */
  status(): CallCounts
  /** Who would be asked for a model. */
  explain(model: string): RouteExplanation | undefined
  /** Refuses new calls and closes idle upstream connections; running answers finish. */
  close(): void
}

const RULES = {
  routes: option.object,
  routing: option.object,
  auth: option.object,
  limits: option.object,
  cache: option.object,
  http: option.object,
  onError: option.function,
}

/**
 * Assembles the usual stack in one call: keys, limits, cache, routes and the HTTP surface.
 * Everything in it can also be mounted by hand, one package at a time.
 *
 * @throws ConfigError `ERR_SLUICE_OPTIONS`, and what the parts throw
 * @example
 * const relay = createRelay({ routes: { 'gpt-*': openai() }, auth: { keys }, limits: {} })
 * app.use('/v1', relay.middleware)
 */
export function createRelay(config: RelayConfig): Relay {
  checkOptions('createRelay', 'ERR_SLUICE_OPTIONS', config, RULES)
  if (config.routes === undefined) {
    throw new ConfigError(
      'ERR_SLUICE_OPTIONS',
      'createRelay() needs routes, such as createRelay({ routes: { "gpt-*": openai() } }).',
    )
  }
  if (
    config.limits !== undefined &&
    config.limits.keyBy === undefined &&
    config.auth === undefined
  ) {
    throw new ConfigError(
      'ERR_SLUICE_OPTIONS',
      'createRelay({ limits }) counts by caller, but nothing says who is calling. Add auth, or say whom to count: ' +
        "limits: { keyBy: 'all' }, or { keyBy: 'principal' } where hostIdentity() stands in front.",
    )
  }
  const onError = config.onError ?? config.http?.onError
  const counter = callCounter()
  const features: readonly SluiceMiddleware[] = [
    counter.feature,
    ...(config.auth === undefined
      ? []
      : [bearerAuth({ ...config.auth, onError: config.auth.onError ?? onError })]),
    ...(config.limits === undefined ? [] : [rateLimit(config.limits)]),
    ...(config.cache === undefined ? [] : [cache(config.cache)]),
  ]
  const router = modelRouter(config.routes, config.routing)
  const handler = compose(features, router)
  return {
    middleware: inTurn([
      ...features,
      endpoints(router, { ...config.http, onError: config.http?.onError ?? onError }),
    ]),
    chat: (params, options = {}) =>
      handler(call('chat.completions', params, { principal: options.principal, onError })),
    status: () => counter.counts(),
    explain: (model) => router.explain(model),
    close: () => router.close(),
  }
}

markFactory(createRelay, 'createRelay')

/** Several middlewares as one. */
function inTurn(middlewares: readonly Middleware[]): Middleware {
  return function relayMiddleware(req, res, next) {
    let at = 0
    const advance = (error?: unknown): void => {
      const middleware = middlewares[at++]
      if (error !== undefined) next(error)
      else if (middleware === undefined) next()
      else middleware(req, res, further)
    }
    // A host whose `next` takes no argument would go on where it is told of an error; its length
    // says so to each stage.
    const further: typeof next = next.length === 0 ? (...told) => advance(...told) : advance
    advance()
  }
}
