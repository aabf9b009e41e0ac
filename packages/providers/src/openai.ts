import { toModels } from './catalogue/catalogue-entry.ts'
import { openaiEntries } from './catalogue/openai-entries.ts'
import { defineProvider } from './define-provider.ts'
import { openaiImages, openaiMessages, openaiModels } from './model-rules/openai-models.ts'
import { openaiAlike } from './openai-compatible.ts'

/** OpenAI itself. */
export const openai = defineProvider(
  openaiAlike({
    id: 'openai',
    baseURL: 'https://api.openai.com/v1',
    models: toModels(openaiEntries),
    drops: ['top_k'],
    modelRules: openaiModels,
    messages: openaiMessages,
    images: openaiImages,
    offers: 'all',
    embeddings: { maxInputs: [[/./, 2048]] },
    responses: true,
    idempotent: true,
  }),
)
