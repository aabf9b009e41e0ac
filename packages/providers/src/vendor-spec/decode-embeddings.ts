import type { CreateEmbeddingResponse, Embedding, EmbeddingCreateParams } from '@sluice/core/wire'
import { normalizeUsage } from '@sluice/sse-stream/internal'
import type { EncodeContext } from './provider-spec.ts'

/**
 * Reads an embeddings answer of OpenAI's form, filling in what alikes leave out, with vectors in
 * the encoding that was asked for.
 */
export function decodeEmbeddings(
  json: unknown,
  params: EmbeddingCreateParams,
  context: EncodeContext,
): CreateEmbeddingResponse {
  const answer = json as Partial<CreateEmbeddingResponse>
  if (!Array.isArray(answer.data) || answer.data.length === 0) throw new TypeError('no data')
  const { prompt_tokens: tokens, total_tokens: total } = normalizeUsage(answer.usage) ?? NO_USAGE
  return {
    object: 'list',
    data: answer.data.map((entry, index) => ({
      object: 'embedding',
      index: indexOf(entry, index),
      embedding: encodeVector(entry.embedding, params.encoding_format),
    })),
    model: typeof answer.model === 'string' ? answer.model : context.model,
    usage: { prompt_tokens: tokens, total_tokens: total },
  }
}

const NO_USAGE = { prompt_tokens: 0, total_tokens: 0 }

function indexOf(entry: Partial<Embedding>, at: number): number {
  return Number.isSafeInteger(entry.index) && entry.index! >= 0 ? entry.index! : at
}

/** A vector as numbers, or as base64 of little-endian 32-bit floats, whichever is wanted. */
export function encodeVector(
  vector: readonly number[] | string,
  format: 'float' | 'base64' | undefined,
): number[] | string {
  if (
    typeof vector !== 'string' &&
    !(Array.isArray(vector) && vector.every((one) => typeof one === 'number'))
  ) {
    throw new TypeError('no vector')
  }
  if (format === 'base64') {
    if (typeof vector === 'string') return vector
    const bytes = Buffer.alloc(vector.length * 4)
    for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
    return bytes.toString('base64')
  }
  if (typeof vector !== 'string') return [...vector]
  const bytes = Buffer.from(vector, 'base64')
  return Array.from({ length: bytes.length >> 2 }, (_, index) => bytes.readFloatLE(index * 4))
}
