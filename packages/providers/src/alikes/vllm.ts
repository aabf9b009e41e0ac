import { defineProvider } from '../define-provider.ts'
import { openModels } from '../model-rules/open-models.ts'
import { openaiAlike } from '../openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/** A vLLM server of your own. Its further params (`top_k`, `min_p`, `chat_template_kwargs` …) pass as they are. */
export const vllm = defineProvider(
  openaiAlike({
    id: 'vllm',
    baseURL: 'http://localhost:8000/v1',
    drops: uncommonParams({ but: ['logit_bias', 'user'] }),
    messages: { roles: { developer: 'system' } },
    modelRules: openModels,
    offers: ['completions', 'audio.transcriptions', 'audio.translations'],
  }),
)
