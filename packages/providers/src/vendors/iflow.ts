import { toModels } from '../catalog/catalog-entry.ts'
import { iflowEntries } from '../catalog/iflow-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { callsIntoChoices } from '../openai-compatible/decode/calls-into-choices.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/**
 * iFlow. Its own defaults are named in every request, because they are far from OpenAI's: 512
 * tokens of at most 8,192, `top_k` 50.
 */
export const iflow = defineProvider(
  openaiCompatibleSpec({
    id: 'iflow',
    baseURL: 'https://apis.iflow.cn/v1',
    renames: { max_completion_tokens: 'max_tokens' },
    defaults: { temperature: 0.7, top_p: 0.7, top_k: 50, frequency_penalty: 0.5, max_tokens: 512 },
    maximums: { max_tokens: 8192 },
    drops: uncommonParams({
      and: [
        'logprobs',
        'parallel_tool_calls',
        'presence_penalty',
        'reasoning_effort',
        'seed',
        'top_logprobs',
      ],
    }),
    messages: { roles: { developer: 'system' } },
    jsonSchema: 'prompt',
    normalizeResponse: callsIntoChoices,
    errorStatuses: { '434': 403, '449': 429 },
    embeddings: false,
    models: toModels(iflowEntries),
  }),
)
