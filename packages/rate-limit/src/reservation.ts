import { ConfigError, type Call, type Operation } from '@sluice/core'
import { bodyBytesOf, disown } from '@sluice/core/internal'
import { bucketKey, type LimitBy, type PrincipalKeys } from './bucket-key.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { isAmount, type LeaseRequest, type Limits } from './limit-store.ts'
import { tooLarge } from './refusal.ts'

/** What decides how much a call has to reserve. */
export interface ReservationRules {
  readonly limits: Limits
  readonly by: LimitBy
  readonly estimate: ((call: Call) => number) | undefined
  readonly defaultCompletionTokens: number
  readonly principalKeys: PrincipalKeys
}

/** What a call asks the store for, and how much of it is the prompt's. */
export interface Reservation extends LeaseRequest {
  readonly prompt: number
}

const WITHOUT_COMPLETION: ReadonlySet<Operation> = new Set<Operation>([
  'embeddings',
  'moderations',
  'audio.speech',
])

/**
 * What a call has to reserve: its prompt and all that it may be answered with, at most a whole
 * bucket. Where the caller leaves `max_tokens` out, the default stands for it, but not more than a
 * tenth of the bucket, so that small buckets are not emptied by modest calls.
 *
 * @throws ApiError 429 where the prompt alone is more than the bucket
 * @throws ConfigError `ERR_RATE_LIMIT_NO_PRINCIPAL`, `ERR_RATE_LIMIT_KEY`, `ERR_RATE_LIMIT_LIMITS`,
 * `ERR_RATE_LIMIT_ESTIMATE`
 */
export function reservationFor(call: Call, rules: ReservationRules): Reservation {
  const key = bucketKey(rules.by, call, rules.principalKeys)
  const limits = rules.by === 'principal' ? limitsOf(call, rules.limits) : rules.limits
  const { tokensPerMinute } = limits
  if (tokensPerMinute === 0) return { key, limits, prompt: 0, tokens: 1 }
  const byDefault = Math.min(rules.defaultCompletionTokens, Math.ceil(tokensPerMinute / 10))
  const estimate = estimateTokens(call.params, byDefault, bodyBytesOf(call)?.length)
  const prompt = rules.estimate === undefined ? estimate.prompt : promptBy(rules.estimate, call)
  if (prompt > tokensPerMinute) throw tooLarge(prompt, limits)
  const completion = WITHOUT_COMPLETION.has(call.operation) ? 0 : estimate.completion
  return { key, limits, prompt, tokens: Math.min(prompt + completion, tokensPerMinute) }
}

function limitsOf(call: Call, standard: Limits): Limits {
  const own = call.principal?.limits
  if (own === undefined) return standard
  const limits = {
    requestsPerMinute: own.requestsPerMinute ?? standard.requestsPerMinute,
    tokensPerMinute: own.tokensPerMinute ?? standard.tokensPerMinute,
    concurrency: own.concurrency ?? standard.concurrency,
  }
  if (!Object.values(limits).every(isAmount)) {
    throw new ConfigError(
      'ERR_RATE_LIMIT_LIMITS',
      "A principal's limits have to be whole numbers; 0 switches one off.",
    )
  }
  return limits
}

function promptBy(estimate: (call: Call) => number, call: Call): number {
  const tokens: unknown = estimate(call)
  if (typeof tokens !== 'number' || !(tokens >= 0) || tokens > Number.MAX_SAFE_INTEGER) {
    disown(tokens)
    throw new ConfigError(
      'ERR_RATE_LIMIT_ESTIMATE',
      'rateLimit({ estimateTokens }) has to return a number of tokens, 0 or more, at once.',
    )
  }
  return Math.max(1, Math.ceil(tokens))
}
