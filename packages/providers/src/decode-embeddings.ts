import type { CreateEmbeddingResponse, Embedding, EmbeddingCreateParams } from '@sluice/core'
import type { EncodeContext } from './provider-spec.ts'

/** Reads an embeddings answer of OpenAI's form, filling in what alikes leave out, with vectors in the encoding that was asked for. */
export function decodeEmbeddings(
  json: unknown,
  params: EmbeddingCreateParams,
  context: EncodeContext,
): CreateEmbeddingResponse {
  const answer = json as Partial<CreateEmbeddingResponse>
  if (!Array.isArray(answer.data) || answer.data.length === 0) throw new TypeError('no data')
  const tokens = answer.usage?.prompt_tokens ?? 0
  return {
    object: 'list',
    data: answer.data.map((entry, index) => ({
      object: 'embedding',
      index: (entry as Partial<Embedding>).index ?? index,
      embedding: encodeVector(entry.embedding, params.encoding_format),
    })),
    model: answer.model ?? context.model,
    usage: { prompt_tokens: tokens, total_tokens: answer.usage?.total_tokens ?? tokens },
  }
}

/** A vector as numbers, or as base64 of little-endian 32-bit floats, whichever is wanted. */
export function encodeVector(
  vector: readonly number[] | string,
  format: 'float' | 'base64' | undefined,
): number[] | string {
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
