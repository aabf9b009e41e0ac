import { toModels } from '../catalog/catalog-entry.ts'
import { deepseekEntries } from '../catalog/deepseek-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { deepseekModels } from '../openai-compatible/model-rules/deepseek-models.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/**
 * DeepSeek. It thinks unless told otherwise: `reasoning_effort: 'none'` becomes its own `thinking`
 * switch.
 */
export const deepseek = defineProvider(
  openaiCompatibleSpec({
    id: 'deepseek',
    baseURL: 'https://api.deepseek.com/v1',
    renames: { max_completion_tokens: 'max_tokens' },
    deriveParams: ({ reasoning_effort: effort }) =>
      effort === 'none' ? { thinking: { type: 'disabled' }, reasoning_effort: undefined } : {},
    drops: uncommonParams({ and: ['parallel_tool_calls', 'seed', 'top_k'] }),
    maxChoices: 1,
    maximums: { top_logprobs: 20 },
    messages: {
      roles: { developer: 'system' },
      requiresReasoning: true,
      needsContent: true,
      filled: ['assistant'],
    },
    modelRules: deepseekModels,
    jsonSchema: 'prompt',
    embeddings: false,
    models: toModels(deepseekEntries),
  }),
)
