import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'
import type { ModelRules } from '../openai-compatible-spec.ts'

/**
 * What DeepSeek's models answer 400 to: while they think they give no probabilities and obey no
 * forced call.
 */
export const deepseekModels: readonly ModelRules[] = [
  {
    models: /./,
    when: thinks,
    drops: ['logprobs', 'top_logprobs'],
    allows: { tool_choice: ['auto', 'none'] },
  },
  { models: /reasoner|-r1/i, messages: { order: { alternates: true } } },
]

/** All but the oldest name think unless they are told not to. */
function thinks(
  { thinking, reasoning_effort: effort }: ChatCompletionCreateParams,
  model: string,
): boolean {
  if (isObject(thinking)) return thinking['type'] !== 'disabled'
  return typeof effort === 'string' ? effort !== 'none' : !/chat|-v3/i.test(model)
}
