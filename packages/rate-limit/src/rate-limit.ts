import {
  ApiError,
  checkOptions,
  defineMiddleware,
  option,
  systemClock,
  type Call,
  type Clock,
  type ErrorListener,
  type SluiceMiddleware,
  type Operation,
} from '@sluice/core'
import { FailureTeller, markFactory, markOwn, tellHost } from '@sluice/core/internal'
import type { LimitBy } from './bucket-key.ts'
import { LeaseManager } from './lease-manager.ts'
import {
  LimitedResponse,
  limitedResponse,
  type LimitedResponseOptions,
} from './limited-response.ts'
import type { LimitStore } from './limit-store.ts'
import { memoryLimitStore } from './memory-limit-store.ts'
import { storeFailed, storeUnavailable } from './refusal.ts'
import type { ReservationRules } from './reservation.ts'

/** What callers may do, and how that is counted. */
export interface RateLimitOptions {
  /** 0 = off. @defaultValue 3_000 */
  readonly requestsPerMinute?: number | undefined
  /** Prompt and completion together; 0 = off. @defaultValue 1_000_000 */
  readonly tokensPerMinute?: number | undefined
  /** Requests running at a time, each to its last byte; 0 = off. @defaultValue 100 */
  readonly concurrency?: number | undefined
  /**
   * Whose buckets a call takes from. `principal`: each caller has its own, and its `limits` replace
   * these ones; `all`: one for everybody; a function names them.
   * @defaultValue `principal`
   */
  readonly keyBy?: LimitBy | undefined
  /** Where buckets are kept. @defaultValue `memoryLimitStore()`, for this process alone */
  readonly store?: LimitStore | undefined
  /**
   * Tokens of a call's prompt, for those who have a tokenizer.
   * @defaultValue bytes / 4, media at a flat price
   */
  readonly estimateTokens?: ((call: Call) => number) | undefined
  /**
   * Reserved for each choice whose `max_tokens` is missing, up to a tenth of the bucket.
   * @defaultValue 1_024
   */
  readonly defaultCompletionTokens?: number | undefined
  /**
   * Lets calls pass uncounted while the store does not answer; `false` refuses them with 503.
   * @defaultValue true
   */
  readonly failOpen?: boolean | undefined
  /** A store that takes longer to decide is out. @defaultValue 50 */
  readonly storeTimeoutMs?: number | undefined
  /**
   * Hears of every failure of the store, as it was thrown; for those who want to tell an outage
   * from other failures.
   */
  readonly onStoreError?: ((error: unknown) => void) | undefined
  /**
   * Hears of every failure of the store; for logs and alarms. @defaultValue that of `endpoints`,
   * which hears of what calls survive and of calls that are refused; where nobody listens, a
   * warning
   */
  readonly onError?: ErrorListener | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  requestsPerMinute: option.count,
  tokensPerMinute: option.count,
  concurrency: option.count,
  keyBy: {
    expected: "'principal', 'all' or a function",
    accepts: (value: unknown) =>
      value === 'principal' || value === 'all' || typeof value === 'function',
  },
  store: option.object,
  estimateTokens: option.function,
  defaultCompletionTokens: option.positive,
  failOpen: option.boolean,
  storeTimeoutMs: option.positive,
  onStoreError: option.function,
  onError: option.function,
  clock: option.object,
}

const FREE: ReadonlySet<Operation> = new Set<Operation>([
  'messages.countTokens',
  'responses.inputTokens',
  'models.countTokens',
  'models.list',
  'models.retrieve',
])

/**
 * Limits requests per minute, tokens per minute and concurrency, taken together by one lease, all
 * or nothing. What is short is answered with 429 `rate_limit_exceeded` of type `requests`, `tokens`
 * or `concurrency`, with how long to wait; every answer that is let in carries `x-ratelimit-*`.
 * Tokens are reserved (prompt and `max_tokens`) and corrected to what was spent when the answer
 * ends, however it ends: an error before the first byte gives them back, a client that leaves pays
 * for what it got, an answer from the cache costs none. Buckets fill continuously and start full.
 * Listing models and counting tokens is free.
 *
 * Fails a call with ConfigError `ERR_RATE_LIMIT_NO_PRINCIPAL` where nothing in front says who is
 * calling.
 *
 * @throws ConfigError `ERR_RATE_LIMIT_OPTIONS`
 * @example app.use('/v1', bearerAuth({ keys }), rateLimit({ requestsPerMinute: 60, concurrency: 4 }), endpoints(…))
 */
export function rateLimit(options: RateLimitOptions = {}): SluiceMiddleware {
  checkOptions('rateLimit', 'ERR_RATE_LIMIT_OPTIONS', options, RULES)
  const {
    requestsPerMinute = 3000,
    tokensPerMinute = 1_000_000,
    concurrency = 100,
    failOpen = true,
  } = options
  const { clock = systemClock, storeTimeoutMs: timeoutMs = 50, onStoreError } = options
  const failures = new FailureTeller('rateLimit', options.onError)
  const store = new LeaseManager({
    store: options.store ?? memoryLimitStore({ clock }),
    clock,
    timeoutMs,
    onFailure(cause, seeker) {
      tellHost(onStoreError, cause)
      const call = seeker instanceof LimitedResponse ? seeker.call : undefined
      // A call that is refused says so itself; so does a listener that was told already.
      if (call !== undefined && !failOpen) failures.note(storeUnavailable(cause), call)
      else if (failures.hasListener || onStoreError === undefined)
        failures.tell(storeFailed(cause), call)
    },
  })
  const rules: ReservationRules = {
    limits: { requestsPerMinute, tokensPerMinute, concurrency },
    by: options.keyBy ?? 'principal',
    estimate: options.estimateTokens,
    defaultCompletionTokens: Math.ceil(options.defaultCompletionTokens ?? 1024),
    principalKeys: new WeakMap(),
  }
  const admission: LimitedResponseOptions = {
    store,
    failOpen,
    rules,
    onMistake: (error, call) => failures.note(ApiError.from(error), call),
  }
  return defineMiddleware(
    markOwn({
      name: 'rateLimit',
      phase: 'guard',
      intercept: (call, next) => {
        if (FREE.has(call.operation)) return next(call)
        return limitedResponse(call, next, admission)
      },
    }),
  )
}

markFactory(rateLimit, 'rateLimit')
