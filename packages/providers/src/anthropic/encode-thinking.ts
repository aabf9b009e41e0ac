import type { ChatCompletionCreateParams } from '@sluice/core'
import { isObject } from './json.ts'
import type { ModelTraits } from './model-traits.ts'
import type { Effort, Thinking } from './wire.ts'

/** What the rest of a request allows. */
export interface ThinkingSituation {
  readonly traits: ModelTraits
  /** Whether a call is forced; a thinking budget is refused beside it. */
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
 * Decides on `thinking`, `max_tokens` and the effort. `thinking` goes on as the client wrote it; else `reasoning_effort` becomes a budget or an
 * effort, whichever the model knows. What the vendor would refuse is left out instead. The client's own limit of tokens is never changed: it
 * includes thoughts in either API.
 */
export function planThinking(params: ChatCompletionCreateParams, situation: ThinkingSituation): ThinkingPlan {
  const limit = params.max_completion_tokens ?? params.max_tokens ?? undefined
  const maxTokens = limit ?? situation.traits.maxTokens
  const own = params['thinking']
  if (isObject(own)) return ownThinking(own as unknown as Thinking, maxTokens, limit === undefined, situation)
  const effort = params.reasoning_effort ?? undefined
  if (effort === undefined) return { maxTokens, drops: [] }
  if (effort === 'none') return { ...withoutThinking(situation.traits), maxTokens, drops: [] }
  const budget = BUDGETS.get(effort)
  const known = budget === undefined ? undefined : knownEffort(effort, situation.traits.efforts)
  if (budget === undefined || situation.traits.thinking === 'none') return { maxTokens, drops: ['reasoning_effort'] }
  const hard = known === undefined ? {} : { effort: known }
  if (situation.traits.thinking === 'adaptive') {
    return { thinking: { type: 'adaptive', display: 'summarized' }, ...hard, maxTokens, drops: [] }
  }
  const whole = limit ?? Math.max(maxTokens, budget + ROOM_TO_ANSWER)
  const fitting = limit === undefined ? budget : Math.min(budget, Math.floor(limit * 0.75))
  if (situation.forcesCall || !situation.mayThink || fitting < LEAST_BUDGET)
    return { ...hard, maxTokens, drops: ['reasoning_effort'] }
  return { thinking: { type: 'enabled', budget_tokens: fitting }, ...hard, maxTokens: whole, drops: [] }
}

function ownThinking(own: Thinking, maxTokens: number, isOurs: boolean, situation: ThinkingSituation): ThinkingPlan {
  if (own.type !== 'enabled') return { thinking: own, maxTokens, drops: [] }
  if (situation.forcesCall || !situation.mayThink) return { maxTokens, drops: ['thinking'] }
  const enough = isOurs ? Math.max(maxTokens, own.budget_tokens + ROOM_TO_ANSWER) : maxTokens
  return { thinking: own, maxTokens: enough, drops: [] }
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
