import type { Batch, Call } from '@sluice/core'
import type { Observable } from 'rxjs'
import { documentAnswer } from '../answer/document-answer.ts'
import { embeddingsPassThrough } from '../embeddings-pass-through.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { EmbeddingsDialect } from '../provider-spec.ts'

/** Answers an embeddings call in a dialect. */
export function answerEmbeddings(
  call: Call<'embeddings'>,
  runtime: ProviderRuntime,
  dialect: EmbeddingsDialect,
): Observable<Batch> {
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
