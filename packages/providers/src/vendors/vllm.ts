import { defineProvider } from '../define-provider.ts'
import { openModels } from '../openai-compatible/model-rules/open-models.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/**
 * A vLLM server of your own. Its further params (`top_k`, `min_p`, `chat_template_kwargs` …) pass
 * as they are.
 */
export const vllm = defineProvider(
  openaiCompatibleSpec({
    id: 'vllm',
    baseURL: 'http://localhost:8000/v1',
    drops: uncommonParams({ but: ['logit_bias', 'user'] }),
    messages: { roles: { developer: 'system' } },
    modelRules: openModels,
    operations: ['completions', 'audio.transcriptions', 'audio.translations'],
  }),
)
