import type { Batch, Call, CreateEmbeddingResponse } from '@sluice/core'
import type { Observable } from 'rxjs'
import { documentAnswer } from '../answer/document-answer.ts'
import { embeddingParts, embeddingsInParts } from '../embeddings-in-parts.ts'
import { embeddingsPassThrough } from '../embeddings-pass-through.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { EmbeddingsDialect } from '../provider-spec.ts'

/** Answers an embeddings call in a dialect; by several requests where one cannot hold as many inputs as were given. */
export function answerEmbeddings(
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
  return documentAnswer(call, {
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
