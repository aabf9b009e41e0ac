import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject } from '../json.ts'
import type { ModelTraits } from '../model-traits.ts'
import type { Effort, Thinking } from '../wire.ts'

/** What the rest of a request allows. */
export interface ThinkingSituation {
  readonly traits: ModelTraits
  /**
   * Whether a call is forced; a thinking budget is refused beside it, by most models all thinking.
   */
  readonly forcesCall: boolean
  /** Whether the conversation has the thoughts that a thinking budget asks for. */
  readonly mayThink: boolean
}

/** How a model is to think, in the vendor's form. */
export interface ThinkingPlan {
  readonly thinking?: Thinking
  readonly effort?: Effort
  readonly maxTokens: number
  readonly drops: readonly string[]
}

/** Tokens to think with, at most. The vendor takes no budget below 1,024. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 4096],
  ['high', 16_384],
  ['xhigh', 24_000],
  ['max', 24_000],
])
const LEAST_BUDGET = 1024
/** What is left for the answer where the limit is ours to set. */
const ROOM_TO_ANSWER = 4096

/**
 * Decides on `thinking`, `max_tokens` and the effort. `thinking` goes on as the client wrote it
 * where the model knows that way, else in the model's own: a budget becomes an effort on models
 * that think as they like, and the other way round. Else `reasoning_effort` becomes whichever the
 * model knows. What the vendor would refuse is left out instead. The client's own limit of tokens
 * is never changed: it includes thoughts in either API.
 */
export function planThinking(
  params: ChatCompletionCreateParams,
  situation: ThinkingSituation,
): ThinkingPlan {
  const limit = params.max_completion_tokens ?? params.max_tokens ?? undefined
  const own = params['thinking']
  if (own !== undefined && own !== null) return ownThinking(own, params, limit, situation)
  const effort = params.reasoning_effort ?? undefined
  if (effort === undefined) return { maxTokens: limit ?? situation.traits.maxTokens, drops: [] }
  return byEffort(effort, limit, situation, 'reasoning_effort')
}

/** What an effort becomes; `param` is what goes where the model cannot be told so. */
function byEffort(
  effort: string,
  limit: number | undefined,
  { traits, forcesCall, mayThink }: ThinkingSituation,
  param: string,
): ThinkingPlan {
  const maxTokens = limit ?? traits.maxTokens
  if (effort === 'none') return { ...withoutThinking(traits), maxTokens, drops: [] }
  const budget = BUDGETS.get(effort)
  const known = budget === undefined ? undefined : knownEffort(effort, traits.efforts)
  if (budget === undefined || traits.thinking === 'none') return { maxTokens, drops: [param] }
  const hard = known === undefined ? {} : { effort: known }
  if (traits.thinking === 'adaptive') {
    if (forcesCall && !traits.thinksWhenForced) return { ...hard, maxTokens, drops: [param] }
    return { thinking: { type: 'adaptive', display: 'summarized' }, ...hard, maxTokens, drops: [] }
  }
  const whole = limit ?? Math.max(maxTokens, budget + ROOM_TO_ANSWER)
  const fitting = limit === undefined ? budget : Math.min(budget, Math.floor(limit * 0.75))
  if (forcesCall || !mayThink || fitting < LEAST_BUDGET) {
    return { ...hard, maxTokens, drops: [param] }
  }
  return {
    thinking: { type: 'enabled', budget_tokens: fitting },
    ...hard,
    maxTokens: whole,
    drops: [],
  }
}

function ownThinking(
  own: unknown,
  params: ChatCompletionCreateParams,
  limit: number | undefined,
  situation: ThinkingSituation,
): ThinkingPlan {
  const { traits } = situation
  const maxTokens = limit ?? traits.maxTokens
  const type = isObject(own)
    ? own['type']
    : own === true
      ? 'enabled'
      : own === false
        ? 'disabled'
        : own
  const given = isObject(own) ? own['budget_tokens'] : undefined
  const budget = typeof given === 'number' && given > 0 ? Math.floor(given) : undefined
  const other = (effort: string) => byEffort(effort, limit, situation, 'thinking')
  switch (type) {
    case 'enabled':
      if (!traits.budgets || budget === undefined) {
        const plan = other(effortFor(budget))
        const isLost = budget !== undefined && plan.drops.length === 0
        return isLost ? { ...plan, drops: ['thinking.budget_tokens'] } : plan
      }
      return withBudget(own, budget, limit, situation, isInterleaved(params['betas']))
    case 'adaptive':
      if (traits.isKnown && traits.thinking !== 'adaptive')
        return other(params.reasoning_effort ?? 'medium')
      if (situation.forcesCall && !traits.thinksWhenForced) {
        return { ...ownEffort(params, traits), maxTokens, drops: ['thinking'] }
      }
      return { thinking: own as Thinking, ...ownEffort(params, traits), maxTokens, drops: [] }
    case 'disabled':
      // Where thinking cannot be turned off by its own word, that word is refused.
      return traits.thinkingOff === 'omit' && isObject(own) && traits.thinking !== 'none'
        ? { thinking: { type: 'disabled' }, maxTokens, drops: [] }
        : { ...withoutThinking(traits), maxTokens, drops: [] }
    case 'between_tools':
      if (traits.thinkingOff === 'between_tools') {
        return { thinking: { type: 'between_tools' }, maxTokens, drops: [] }
      }
      return { maxTokens, drops: ['thinking'] }
    default:
      return { maxTokens, drops: ['thinking'] }
  }
}

/** The client's own budget within what the vendor takes: 1,024 at least and below the limit. */
function withBudget(
  own: unknown,
  wanted: number,
  limit: number | undefined,
  { traits, forcesCall, mayThink }: ThinkingSituation,
  mayExceed: boolean,
): ThinkingPlan {
  const maxTokens = limit ?? Math.max(traits.maxTokens, wanted + ROOM_TO_ANSWER)
  const most = mayExceed || wanted < maxTokens ? wanted : Math.floor(maxTokens * 0.75)
  const budget = wanted < LEAST_BUDGET ? LEAST_BUDGET : most
  const fits = budget >= LEAST_BUDGET && (mayExceed || budget < maxTokens)
  if (forcesCall || !mayThink || !fits) return { maxTokens, drops: ['thinking'] }
  const drops = budget === wanted ? [] : ['thinking.budget_tokens']
  const rest = isObject(own) ? own : {}
  return { thinking: { ...rest, type: 'enabled', budget_tokens: budget }, maxTokens, drops }
}

/**
 * With thoughts between calls a budget counts for all of them together and may be above the limit.
 */
function isInterleaved(betas: unknown): boolean {
  return (
    Array.isArray(betas) && betas.some((name) => String(name).startsWith('interleaved-thinking'))
  )
}

function ownEffort(
  { reasoning_effort: effort }: ChatCompletionCreateParams,
  traits: ModelTraits,
): Pick<ThinkingPlan, 'effort'> {
  if (typeof effort !== 'string' || !BUDGETS.has(effort)) return {}
  const known = knownEffort(effort, traits.efforts)
  return known === undefined ? {} : { effort: known }
}

/** The effort whose budget is nearest from below. */
function effortFor(budget: number | undefined): string {
  if (budget === undefined || budget >= 16_384) return budget === undefined ? 'medium' : 'high'
  return budget >= 4096 ? 'medium' : 'low'
}

function withoutThinking(traits: ModelTraits): Pick<ThinkingPlan, 'thinking' | 'effort'> {
  switch (traits.thinkingOff) {
    case 'omit':
      return {}
    case 'low_effort':
      return { effort: 'low' }
    default:
      return { thinking: { type: traits.thinkingOff } }
  }
}

/** The wanted effort, or the hardest below it that the model knows. */
function knownEffort(wanted: string, known: readonly Effort[]): Effort | undefined {
  const order: readonly string[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']
  return known.findLast((effort) => order.indexOf(effort) <= order.indexOf(wanted)) ?? known[0]
}
