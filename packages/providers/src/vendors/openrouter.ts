import { toModels } from '../catalog/catalog-entry.ts'
import { openrouterEntries } from '../catalog/openrouter-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { openModels } from '../openai-compatible/model-rules/open-models.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'

/**
 * OpenRouter, which fits params to the model behind it itself. `headers: { 'http-referer',
 * 'x-title' }` name your app to it.
 */
export const openrouter = defineProvider(
  openaiCompatibleSpec({
    id: 'openrouter',
    baseURL: 'https://openrouter.ai/api/v1',
    drops: ['function_call', 'functions', 'store'],
    modelRules: openModels,
    operations: ['completions'],
    models: toModels(openrouterEntries),
  }),
)
