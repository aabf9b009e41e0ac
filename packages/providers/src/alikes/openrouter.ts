import { toModels } from '../catalogue/catalogue-entry.ts'
import { openrouterEntries } from '../catalogue/openrouter-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { openModels } from '../model-rules/open-models.ts'
import { openaiAlike } from '../openai-compatible.ts'

/** OpenRouter, which fits params to the model behind it itself. `headers: { 'http-referer', 'x-title' }` name your app to it. */
export const openrouter = defineProvider(
  openaiAlike({
    id: 'openrouter',
    baseURL: 'https://openrouter.ai/api/v1',
    drops: ['function_call', 'functions', 'store'],
    modelRules: openModels,
    offers: ['completions'],
    models: toModels(openrouterEntries),
  }),
)
