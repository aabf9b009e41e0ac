import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { ModelRules } from '../openai-compatible-spec.ts'

/** Open models think unless they are told not to. */
const OPEN = /^qwen3(?:\.\d+)?(?:-next|-vl)?-[\d.]+b(?!.*(?:instruct|coder|thinking))/
/** So do later generations than the third, and some do nothing else. */
const THINKS = /thinking|^qwq|^qvq|^qwen(?:3\.[5-9]|[4-9])/

/**
 * What Qwen's models answer 400 to: thoughts come in streams alone, and beside no forced call;
 * translators know no instructions.
 */
export const qwenModels: readonly ModelRules[] = [
  { models: OPEN, when: formsUnasked, defaults: { enable_thinking: false } },
  { models: /./, when: thinks, onlyStreams: true, allows: { tool_choice: ['auto', 'none'] } },
  { models: /omni/, onlyStreams: true },
  { models: /^qwen-mt-/, messages: { systemInUser: true } },
]

/** Inputs that a request for embeddings takes. */
export const qwenInputs = [[/-v[12]$/, 25] as const, [/./, 10] as const]

function thinks(params: ChatCompletionCreateParams, model: string): boolean {
  const { enable_thinking: switched, reasoning_effort: effort } = params
  if (typeof switched === 'boolean') return switched
  if (typeof effort === 'string') return effort !== 'none'
  return THINKS.test(model) || (OPEN.test(model) && !formsUnasked(params))
}

/** Whether JSON is asked for, which is refused beside thoughts, and nothing is said of these. */
function formsUnasked(params: ChatCompletionCreateParams): boolean {
  const { response_format: format, enable_thinking: switched, reasoning_effort: effort } = params
  return (
    format?.type?.startsWith('json') === true &&
    switched === undefined &&
    typeof effort !== 'string'
  )
}
