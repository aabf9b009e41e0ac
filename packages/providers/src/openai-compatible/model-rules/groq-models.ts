import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { Json } from '../../vendor-spec/json.ts'
import type { ModelRules } from '../openai-compatible-spec.ts'

/**
 * What the models at Groq answer 400 to: few think, some of these do or do not, and few know
 * schemas.
 */
export const groqModels: readonly ModelRules[] = [
  { models: /^(?!.*(?:gpt-oss|qwen3))/, drops: ['reasoning_effort'] },
  { models: /gpt-oss/, efforts: ['low', 'medium', 'high'] },
  { models: /qwen3/, deriveParams: onOrOff },
  { models: /^(?!.*(?:gpt-oss|kimi-k2|llama-4))/, jsonSchema: 'prompt' },
]

function onOrOff({ reasoning_effort: effort }: ChatCompletionCreateParams): Json {
  return typeof effort === 'string'
    ? { reasoning_effort: effort === 'none' ? 'none' : 'default' }
    : {}
}
