import { toModels } from '../catalogue/catalogue-entry.ts'
import { deepseekEntries } from '../catalogue/deepseek-entries.ts'
import { defineProvider } from '../define-provider.ts'
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
    messages: { roles: { developer: 'system' }, needsThoughts: true },
    jsonSchema: 'instructed',
    embeddings: false,
    models: toModels(deepseekEntries),
  }),
)
