import { ApiError } from '@sluice/core'
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from '@sluice/core/wire'
import { encodeVector } from '../../vendor-spec/decode-embeddings.ts'
import type { EmbeddingsDialect } from '../../vendor-spec/provider-spec.ts'
import { isObject } from './json.ts'
import { modelPath } from './model-path.ts'

/**
 * Embeddings by `batchEmbedContents`, one request for each input; Gemini takes at most 100, so more
 * become several. Its own `task_type` and `title` pass, where they are given. Older models do not
 * say what an answer cost; then usage is 0.
 *
 * @throws ApiError `invalid_value` for inputs that are token ids: they are those of another
 * vendor's tokenizer.
 */
export const embeddings: EmbeddingsDialect = {
  drops: ['user'],
  maxInputs: () => 100,
  encode(params, context) {
    const model = context.model.includes('/') ? context.model : `models/${context.model}`
    const { dimensions, task_type: taskType, title } = params
    const shared = {
      model,
      ...(dimensions === undefined || dimensions === null
        ? {}
        : { outputDimensionality: dimensions }),
      ...(typeof taskType === 'string' ? { taskType } : {}),
      ...(typeof title === 'string' ? { title } : {}),
    }
    const requests = textsOf(params.input).map((text) => ({
      ...shared,
      content: { parts: [{ text }] },
    }))
    return { path: modelPath(context.model, 'batchEmbedContents'), body: { requests } }
  },
  decode(json, params, context): CreateEmbeddingResponse {
    if (!isObject(json)) throw new TypeError('not an object')
    const vectors = Array.isArray(json['embeddings']) ? json['embeddings'] : [json['embedding']]
    const usage = isObject(json['usageMetadata'])
      ? json['usageMetadata']['promptTokenCount']
      : undefined
    const tokens = typeof usage === 'number' ? usage : 0
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encodeVector(valuesOf(vector), params.encoding_format),
      })),
      model: context.model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    }
  },
}

function textsOf(input: EmbeddingCreateParams['input']): string[] {
  return [input].flat().map((text: unknown) => {
    if (typeof text === 'string') return text
    throw new ApiError('invalid_value', {
      message: 'input takes text for this model, not token ids.',
      param: 'input',
    })
  })
}

function valuesOf(vector: unknown): readonly number[] {
  if (isObject(vector) && Array.isArray(vector['values'])) return vector['values'] as number[]
  throw new TypeError('no values')
}
