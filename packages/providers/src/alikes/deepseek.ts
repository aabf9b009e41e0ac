import { toModels } from '../catalogue/catalogue-entry.ts'
import { deepseekEntries } from '../catalogue/deepseek-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { deepseekModels } from '../model-rules/deepseek-models.ts'
import { openaiAlike } from '../openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/** DeepSeek. It thinks unless told otherwise: `reasoning_effort: 'none'` becomes its own `thinking` switch. */
export const deepseek = defineProvider(
  openaiAlike({
    id: 'deepseek',
    baseURL: 'https://api.deepseek.com/v1',
    renames: { max_completion_tokens: 'max_tokens' },
    derives: ({ reasoning_effort: effort }) =>
      effort === 'none' ? { thinking: { type: 'disabled' }, reasoning_effort: undefined } : {},
    drops: uncommonParams({ and: ['parallel_tool_calls', 'seed', 'top_k'] }),
    maxChoices: 1,
    maximums: { top_logprobs: 20 },
    messages: { roles: { developer: 'system' }, needsThoughts: true, needsContent: true, filled: ['assistant'] },
    modelRules: deepseekModels,
    jsonSchema: 'instructed',
    embeddings: false,
    models: toModels(deepseekEntries),
  }),
)
