import { toModels } from '../catalog/catalog-entry.ts'
import { mistralEntries } from '../catalog/mistral-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { mistralMessages, mistralModels } from '../openai-compatible/model-rules/mistral-models.ts'
import { thoughtsOutOfContent } from '../openai-compatible/decode/reasoning-out-of-content.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/**
 * Mistral. It answers 422 to any member that it does not know, and gives a stream's usage unasked.
 */
export const mistral = defineProvider(
  openaiCompatibleSpec({
    id: 'mistral',
    baseURL: 'https://api.mistral.ai/v1',
    renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
    drops: uncommonParams({
      but: ['metadata', 'prediction'],
      and: ['logprobs', 'top_k', 'top_logprobs'],
    }),
    messages: mistralMessages,
    maximums: { temperature: 1.5 },
    // Greedy sampling refuses any other `top_p` than 1.
    deriveParams: ({ temperature, top_p: topP }) =>
      temperature === 0 && topP !== undefined ? { top_p: undefined } : {},
    modelRules: mistralModels,
    finishReasons: { model_length: 'length' },
    normalizeResponse: thoughtsOutOfContent,
    requestStreamUsage: false,
    embeddings: {
      renames: { dimensions: 'output_dimension' },
      drops: ['user'],
      floatsOnly: true,
      maxInputs: [[/./, 32]],
    },
    operations: ['audio.transcriptions'],
    models: toModels(mistralEntries),
  }),
)
