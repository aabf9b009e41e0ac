import { toModels } from '../catalog/catalog-entry.ts'
import { openaiEntries } from '../catalog/openai-entries.ts'
import { defineProvider } from '../define-provider.ts'
import {
  openaiImages,
  openaiMessages,
  openaiModels,
} from '../openai-compatible/model-rules/openai-models.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'

/** OpenAI itself. */
export const openai = defineProvider(
  openaiCompatibleSpec({
    id: 'openai',
    baseURL: 'https://api.openai.com/v1',
    models: toModels(openaiEntries),
    drops: ['top_k'],
    modelRules: openaiModels,
    messages: openaiMessages,
    images: openaiImages,
    operations: 'all',
    embeddings: { maxInputs: [[/./, 2048]] },
    responses: true,
    countsTokens: true,
    customTools: true,
    idempotent: true,
  }),
)
