import type { Batch, Call, Operation } from '@sluice/core'
import type { Observable } from 'rxjs'
import type { ProviderRuntime } from '../provider-runtime.ts'
import type { ProviderSpec } from '../provider-spec.ts'
import { answerChat } from './chat.ts'
import { answerEmbeddings } from './embeddings.ts'
import { answerModel, answerModels } from './models.ts'

/** Answers the calls of one operation. */
export type Answerer<O extends Operation = Operation> = (call: Call<O>, runtime: ProviderRuntime) => Observable<Batch>

/** For each operation, who answers it for a spec; nobody where the spec does not have it. A further operation is a further row. */
const answerers: { readonly [O in Operation]?: (spec: ProviderSpec) => Answerer<O> | undefined } = {
  'chat.completions': ({ chat }) => chat && ((call, runtime) => answerChat(call, runtime, chat)),
  embeddings: ({ embeddings }) => embeddings && ((call, runtime) => answerEmbeddings(call, runtime, embeddings)),
  'models.list': () => answerModels,
  'models.retrieve': () => answerModel,
}

/** Who answers an operation for a spec. */
export function answererOf(spec: ProviderSpec, operation: Operation): Answerer | undefined {
  return answerers[operation]?.(spec) as Answerer | undefined
}
