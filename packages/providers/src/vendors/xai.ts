import { toModels } from '../catalog/catalog-entry.ts'
import { xaiEntries } from '../catalog/xai-entries.ts'
import { defineProvider } from '../define-provider.ts'
import { xaiModels } from '../openai-compatible/model-rules/xai-models.ts'
import { openaiCompatibleSpec } from '../openai-compatible/openai-compatible.ts'
import { uncommonParams } from './uncommon-params.ts'

/**
 * Grok. Its reasoning tokens, which it counts beside the completion, come out inside it, as OpenAI
 * counts.
 */
export const xai = defineProvider(
  openaiCompatibleSpec({
    id: 'xai',
    baseURL: 'https://api.x.ai/v1',
    drops: uncommonParams({ but: ['user'], and: ['top_k'] }),
    maximums: { top_logprobs: 8 },
    modelRules: xaiModels,
    messages: {
      roles: { developer: 'system' },
      filled: ['system', 'user', 'assistant', 'tool'],
    },
    embeddings: false,
    operations: ['images.generate', 'images.edit'],
    images: {
      drops: [
        'size',
        'quality',
        'style',
        'background',
        'output_format',
        'output_compression',
        'moderation',
        'partial_images',
        'input_fidelity',
      ],
      ratios: ['1:1', '3:4', '4:3', '9:16', '16:9', '2:3', '3:2'],
      editsInJson: true,
      streams: false,
    },
    responses: true,
    models: toModels(xaiEntries),
  }),
)
