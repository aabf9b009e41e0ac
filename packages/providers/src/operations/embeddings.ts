import type { Batch, Call } from '@sluice/core'
import type { CreateEmbeddingResponse } from '@sluice/core/wire'
import type { Observable } from 'rxjs'
import { documentResponse } from '../response/document-response.ts'
import { embeddingParts, embeddingsInParts } from '../emulation/embeddings-in-parts.ts'
import { embeddingsPassThrough } from './embeddings-pass-through.ts'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'
import type { EmbeddingsDialect } from '../vendor-spec/provider-spec.ts'

/**
 * Answers an embeddings call in a dialect; by several requests where one cannot hold as many inputs
 * as were given.
 */
export function handleEmbeddings(
  call: Call<'embeddings'>,
  runtime: ProviderRuntime,
  dialect: EmbeddingsDialect,
): Observable<Batch> {
  const parts = embeddingParts(call, dialect.maxInputs?.(call.model))
  if (parts === undefined) return answerByOne(call, runtime, dialect)
  return embeddingsInParts(call, parts, (part) => answerByOne(part, runtime, dialect))
}

function answerByOne(
  call: Call<'embeddings'>,
  runtime: ProviderRuntime,
  dialect: EmbeddingsDialect,
): Observable<Batch<never, CreateEmbeddingResponse>> {
  const context = { model: call.model, stream: false }
  return documentResponse(call, {
    context: runtime.context(call, false),
    request: () => {
      runtime.reportDrops(call, dialect.drops)
      return runtime.request(call, dialect.encode(call.params, context))
    },
    passThrough: (bytes) => embeddingsPassThrough(bytes, call.params.encoding_format),
    decode: (json) => dialect.decode(json, call.params, context),
    usageOf: (document) => ({ ...document.usage, completion_tokens: 0 }),
  })
}
