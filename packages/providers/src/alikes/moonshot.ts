import { toModels } from '../catalogue/catalogue-entry.ts'
import { moonshotEntries } from '../catalogue/moonshot-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { moonshotModels } from '../model-rules/moonshot-models.ts'
import { usageOutOfChoices } from '../openai-compatible/usage-out-of-choices.ts'
import { openaiAlike } from '../openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/** Kimi. Its `builtin_function` tools, such as `$web_search`, pass as they are. In China the base URL ends in `.cn/v1`. */
export const moonshot = defineProvider(
  openaiAlike({
    id: 'moonshot',
    baseURL: 'https://api.moonshot.ai/v1',
    maximums: { temperature: 1 },
    maxChoices: 5,
    drops: uncommonParams({
      but: ['prompt_cache_key', 'safety_identifier'],
      and: ['parallel_tool_calls', 'seed', 'top_k'],
    }),
    messages: { roles: { developer: 'system' }, needsThoughts: true, filled: ['system', 'user', 'assistant', 'tool'] },
    modelRules: moonshotModels,
    rearrange: usageOutOfChoices,
    embeddings: false,
    models: toModels(moonshotEntries),
  }),
)
