import {
  ApiError,
  checkOptions,
  mayUseModel,
  option,
  systemClock,
  type Batch,
  type Call,
  type Clock,
  type Handler,
} from '@sluice/core'
import { assertCall, markFactory, markHandler, modelNotFound } from '@sluice/core/internal'
import type { Model, ModelsPage } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { map, Observable, of, switchMap, throwError, type Subscriber } from 'rxjs'
import type { CircuitBreakerOptions } from './circuit-breaker.ts'
import { handlersOf, namedModel, offeredModels, type ModelSources } from './offered-models.ts'
import { readRoutes, type ReadRoutes } from './read-routes.ts'
import { RetryBudget } from './retry-budget.ts'
import { RoutedResponse, type RoutingPolicy } from './routed-response.ts'
import { candidatesFor, type RouteMatch, type Candidate } from './route-table.ts'
import type { Routes, Target } from './target.ts'

/** How a router deals with failures, and what else it offers. */
export interface ModelRouterOptions {
  /**
   * Who takes the names that no route matches; they are served, but not listed. Absent: 404
   * `model_not_found`.
   */
  readonly fallback?: Target | readonly Target[] | undefined
  /** Rounds over the targets after the first one. @defaultValue 2 */
  readonly retries?: number | undefined
  /**
   * Before round n a call waits between nothing and this times 2ⁿ⁻¹, at most 8 s.
   * @defaultValue 250
   */
  readonly backoffMs?: number | undefined
  /**
   * What a call may wait between rounds in all; an upstream that asks for more ends it at once.
   * @defaultValue 2_000
   */
  readonly maxRetryDelayMs?: number | undefined
  /**
   * Repeats per call, over all calls, beside a small reserve; a route's next target is no repeat.
   * @defaultValue 0.2
   */
  readonly retryBudgetRatio?: number | undefined
  /** When a target is left alone; `false` = never. */
  readonly circuitBreaker?: CircuitBreakerOptions | false | undefined
  /**
   * Models to list beside those that the providers list; those that no route matches are left out.
   */
  readonly models?: readonly Model[] | (() => readonly Model[]) | undefined
  /** `created` of listed route names, as Unix time. @defaultValue when the router was made */
  readonly createdSeconds?: number | undefined
  /** Draws for weights and pauses, from 0 to below 1. @defaultValue Math.random */
  readonly random?: (() => number) | undefined
  readonly clock?: Clock | undefined
}

/** Who would be asked for a model. */
export interface RouteExplanation {
  /** The route's name; `undefined` where the `fallback` targets take it. */
  readonly pattern: string | undefined
  /**
   * In the order in which they are asked, aliases followed; those that share a rank by weight stand
   * as written.
   */
  readonly targets: readonly { readonly provider: string; readonly model: string }[]
}

/** A handler that finds the provider for each call by the model it names. */
export type ModelRouter = Handler & {
  /**
   * Says who would be asked for a model; `undefined` where nobody. Asks no one; looks at no key,
   * health or load.
   */
  explain(model: string): RouteExplanation | undefined
  /**
   * Closes the targets that can be closed. Running answers finish; new calls get a 503
   * `overloaded`.
   */
  close(): void
}

const RULES = {
  fallback: option.any,
  retries: option.count,
  backoffMs: option.positive,
  maxRetryDelayMs: option.count,
  retryBudgetRatio: {
    expected: 'a number from 0 to 1',
    accepts: (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1,
  },
  circuitBreaker: {
    expected: 'an object or false',
    accepts: (value: unknown) => value === false || option.object.accepts(value),
  },
  models: {
    expected: 'an array or a function',
    accepts: (value: unknown) => Array.isArray(value) || typeof value === 'function',
  },
  createdSeconds: option.count,
  random: option.function,
  clock: option.object,
}

const BREAKER_RULES = {
  failureRatio: {
    expected: 'a number above 0, at most 1',
    accepts: (value: unknown) => option.positive.accepts(value) && (value as number) <= 1,
  },
  minimumCalls: option.positive,
  windowMs: option.positive,
  cooldownMs: option.positive,
}

const NEVER_OPENS: CircuitBreakerOptions = { minimumCalls: Infinity }

/**
 * Makes a handler that sends each call to the provider that its model's name leads to. Exact names
 * win over wildcards, and among those the one with the longest beginning; an array is asked in
 * order, and repeated after a pause, until one target delivers its first batch. Calls for a model
 * that no route matches, or that the caller's key may not use, end with the same 404
 * `model_not_found`.
 *
 * @throws ConfigError `ERR_ROUTER_ROUTES` with all that is wrong with the routes,
 * `ERR_ROUTER_OPTIONS`
 * @example
 * modelRouter({
 *   'gpt-*': openai(),
 *   'claude-*': anthropic(),
 *   'openai/*': { to: openai(), model: '*' },
 *   smart: ['claude-opus-4-1', 'gpt-5'],
 * })
 */
export function modelRouter(routes: Routes, options: ModelRouterOptions = {}): ModelRouter {
  checkOptions('modelRouter', 'ERR_ROUTER_OPTIONS', options, RULES)
  const breaker = options.circuitBreaker === false ? NEVER_OPENS : (options.circuitBreaker ?? {})
  if (options.circuitBreaker !== false)
    checkOptions('circuitBreaker', 'ERR_ROUTER_OPTIONS', breaker, BREAKER_RULES)
  const router = new ConfiguredRouter(
    readRoutes(routes, options.fallback, breaker, options.clock ?? systemClock),
    options,
  )
  const handler = (call: Call) => {
    assertCall(call, 'modelRouter({…})')
    return router.handle(call)
  }
  return Object.assign(markHandler(handler as Handler, 'modelRouter({…})'), {
    explain: (model: string) => router.explain(model),
    close: () => router.close(),
  })
}

markFactory(modelRouter, 'modelRouter')

class ConfiguredRouter {
  readonly #routes: ReadRoutes
  readonly #policy: RoutingPolicy
  readonly #sources: ModelSources
  #isClosed = false

  constructor(routes: ReadRoutes, options: ModelRouterOptions) {
    const clock = options.clock ?? systemClock
    this.#routes = routes
    this.#policy = {
      retries: options.retries ?? 2,
      backoffMs: options.backoffMs ?? 250,
      maxRetryDelayMs: options.maxRetryDelayMs ?? 2000,
      budget: new RetryBudget(options.retryBudgetRatio ?? 0.2, clock),
      random: options.random ?? Math.random,
      clock,
      isClosed: () => this.#isClosed,
    }
    this.#sources = {
      routes,
      models: options.models ?? [],
      createdSeconds: options.createdSeconds ?? Math.floor(clock.wall() / 1000),
      clock,
    }
  }

  handle(call: Call): Observable<Batch> {
    if (call.operation === 'models.list') return this.#list(call)
    if (call.operation === 'models.retrieve') return this.#retrieve(call)
    // All of it at subscription, so that subscribing again draws and asks again.
    return new Observable((subscriber) => this.#route(call, subscriber))
  }

  explain(model: string): RouteExplanation | undefined {
    const found = this.#find(model)
    const steps = found === undefined ? [] : candidatesFor(found, model, () => 0)
    if (found === undefined || steps.length === 0) return undefined
    return {
      pattern: found.route === this.#routes.fallback ? undefined : found.route.pattern.text,
      targets: steps.map((step) => ({ provider: step.target.id, model: step.model })),
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const handler of handlersOf(this.#routes)) handler.close?.()
  }

  #route(call: Call, subscriber: Subscriber<Batch>): void {
    if (this.#isClosed) return subscriber.error(shuttingDown())
    const steps = mayUseModel(call.principal, call.model) ? this.#stepsFor(call.model) : []
    if (steps.length === 0) return subscriber.error(modelNotFound(call.model))
    const answer = new RoutedResponse(call, steps, this.#policy, subscriber)
    // Before it starts, because a target may answer, and the caller leave, while it is being
    // subscribed to.
    subscriber.add(answer)
    answer.start()
  }

  #stepsFor(model: string): readonly Candidate[] {
    const found = this.#find(model)
    return found === undefined ? [] : candidatesFor(found, model, this.#policy.random)
  }

  #find(model: string): RouteMatch | undefined {
    const { table, fallback } = this.#routes
    return (
      table.find(model) ??
      (fallback === undefined ? undefined : { route: fallback, matched: [model] })
    )
  }

  #list(call: Call): Observable<Batch> {
    return offeredModels(call, this.#sources).pipe(
      map(
        (data) =>
          new DocumentBatch<never, ModelsPage>({ value: { object: 'list', data } }, call.gate),
      ),
    )
  }

  #retrieve(call: Call): Observable<Batch> {
    if (!mayUseModel(call.principal, call.model)) return throwError(() => modelNotFound(call.model))
    return offeredModels(call, this.#sources).pipe(
      switchMap((models) => {
        const model =
          models.find((one) => one.id === call.model) ?? namedModel(call.model, this.#sources)
        return model === undefined
          ? throwError(() => modelNotFound(call.model))
          : of(new DocumentBatch<never, Model>({ value: model }, call.gate))
      }),
    )
  }
}

function shuttingDown(): ApiError {
  return new ApiError('overloaded', {
    message: 'The service is shutting down.',
    retryAfterMs: 1000,
  })
}
