import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject, type Json } from '../json.ts'
import type { ModelFamily, ThinkingLevel } from '../model-family.ts'
import type { NativeSettings } from './native-settings.ts'

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/**
 * What Google's own OpenAI-compatible API makes of `reasoning_effort` (ai.google.dev, "OpenAI
 * compatibility").
 */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
])

/**
 * How much to think: Gemini's own `thinkingConfig` as it was given, else from `reasoning_effort`,
 * else from `thinking` with `budget_tokens`. Effort above none also asks for the summaries of the
 * thoughts, which become `reasoning_content`. Nothing said: Gemini's default. A model that cannot
 * turn its thoughts off gets the least.
 */
export function thinkingConfig(
  params: ChatCompletionCreateParams,
  native: NativeSettings,
  family: ModelFamily,
): Json | undefined {
  const { reasoning_effort: effort, thinking } = params
  if (isObject(native.thinkingConfig)) return native.thinkingConfig
  if (typeof effort === 'string') return byEffort(effort, family)
  if (thinking === true || thinking === false) return byEffort(thinking ? 'medium' : 'none', family)
  if (!isObject(thinking)) return undefined
  if (thinking['type'] === 'disabled') return byEffort('none', family)
  const budget = thinking['budget_tokens']
  if (typeof budget !== 'number') return canThink(family) ? { includeThoughts: true } : undefined
  return byBudget(budget, family)
}

/** Whether a model takes any setting of its thinking. */
export function canThink(family: ModelFamily): boolean {
  return family.levels !== undefined || family.budget !== undefined
}

function byEffort(effort: string, family: ModelFamily): Json | undefined {
  const includeThoughts = effort !== 'none'
  if (family.levels !== undefined)
    return { thinkingLevel: levelFor(effort, family.levels), includeThoughts }
  if (family.budget === undefined) return undefined
  const { min, max, canDisable } = family.budget
  if (effort === 'none') return { thinkingBudget: canDisable ? 0 : min, includeThoughts }
  return {
    thinkingBudget: Math.max(min, Math.min(max, BUDGETS.get(effort) ?? max)),
    includeThoughts,
  }
}

function byBudget(tokens: number, family: ModelFamily): Json | undefined {
  if (tokens === 0) return byEffort('none', family)
  // Below nothing the model may think as much as it likes.
  if (!(tokens > 0)) {
    if (!canThink(family)) return undefined
    return family.budget === undefined
      ? { includeThoughts: true }
      : { thinkingBudget: -1, includeThoughts: true }
  }
  if (family.levels !== undefined) {
    return byEffort(
      tokens <= BUDGETS.get('low')! ? 'low' : tokens <= BUDGETS.get('medium')! ? 'medium' : 'high',
      family,
    )
  }
  if (family.budget === undefined) return undefined
  return {
    thinkingBudget: Math.max(family.budget.min, Math.min(family.budget.max, Math.round(tokens))),
    includeThoughts: true,
  }
}

/** The least level that is not below the effort, else the highest there is. */
function levelFor(effort: string, levels: readonly ThinkingLevel[]): ThinkingLevel {
  const wanted = EFFORTS.indexOf(effort)
  return levels.find((level) => EFFORTS.indexOf(level) >= wanted) ?? levels.at(-1)!
}
