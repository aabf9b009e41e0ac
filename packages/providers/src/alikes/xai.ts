import { defineProvider } from '../define-provider.ts'
import { openaiAlike } from '../openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/** Grok. Its reasoning tokens, which it counts beside the completion, come out inside it, as OpenAI counts. */
export const xai = defineProvider(
  openaiAlike({
    id: 'xai',
    baseURL: 'https://api.x.ai/v1',
    drops: uncommonParams({ but: ['user'], and: ['top_k'] }),
    embeddings: false,
    responses: true,
  }),
)
