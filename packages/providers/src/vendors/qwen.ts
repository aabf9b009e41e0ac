import { toModels } from '../catalog/catalog-entry.ts'
import { qwenEntries } from '../catalog/qwen-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { qwenInputs, qwenModels } from '../openai-compatible/model-rules/qwen-models.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/**
 * Qwen by DashScope's compatible mode; in China the host is `dashscope.aliyuncs.com`. `top_k`,
 * `enable_thinking` and `thinking_budget` pass as they are; `reasoning_effort` switches the
 * thinking on or off.
 */
export const qwen = defineProvider(
  openaiCompatibleSpec({
    id: 'qwen',
    baseURL: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    renames: { max_completion_tokens: 'max_tokens' },
    deriveParams: ({ reasoning_effort: effort, enable_thinking: thinking }) =>
      typeof effort === 'string'
        ? { enable_thinking: thinking ?? effort !== 'none', reasoning_effort: undefined }
        : {},
    drops: uncommonParams({ but: ['audio', 'modalities'], and: ['frequency_penalty'] }),
    // Both are refused at the end of their range that OpenAI has.
    maximums: { temperature: 1.99, top_logprobs: 5 },
    maxChoices: 1,
    messages: { roles: { developer: 'system' }, needsContent: true },
    modelRules: qwenModels,
    embeddings: { drops: ['user'], floatsOnly: true, maxInputs: qwenInputs },
    models: toModels(qwenEntries),
  }),
)
