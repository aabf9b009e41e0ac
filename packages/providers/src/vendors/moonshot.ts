import { toModels } from '../catalog/catalog-entry.ts'
import { moonshotEntries } from '../catalog/moonshot-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { moonshotModels } from '../openai-compatible/model-rules/moonshot-models.ts'
import { usageOutOfChoices } from '../openai-compatible/decode/usage-out-of-choices.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/**
 * Kimi. Its `builtin_function` tools, such as `$web_search`, pass as they are. In China the base
 * URL ends in `.cn/v1`.
 */
export const moonshot = defineProvider(
  openaiCompatibleSpec({
    id: 'moonshot',
    baseURL: 'https://api.moonshot.ai/v1',
    maximums: { temperature: 1 },
    maxChoices: 5,
    drops: uncommonParams({
      but: ['prompt_cache_key', 'safety_identifier'],
      and: ['parallel_tool_calls', 'seed', 'top_k'],
    }),
    messages: {
      roles: { developer: 'system' },
      requiresReasoning: true,
      filled: ['system', 'user', 'assistant', 'tool'],
    },
    modelRules: moonshotModels,
    normalizeResponse: usageOutOfChoices,
    embeddings: false,
    models: toModels(moonshotEntries),
  }),
)
