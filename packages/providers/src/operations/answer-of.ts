import type { Operation } from '@sluice/core'
import type { FurtherOperation, ProviderSpec } from '../provider-spec.ts'
import type { Answerer } from './answerer.ts'
import { answerChat } from './chat.ts'
import { answerCompletions } from './completions.ts'
import { answerEmbeddings } from './embeddings.ts'
import { answerFurther } from './further.ts'
import { answerModel, answerModels } from './models.ts'
import { answerResponses } from './responses.ts'

const further =
  <O extends FurtherOperation>(operation: O) =>
  (spec: ProviderSpec): Answerer<O> | undefined => {
    const dialect = spec.operations?.[operation]
    return dialect && ((call, runtime) => answerFurther(call, runtime, dialect))
  }

/** For each operation, who answers it for a spec; nobody where the spec does not have it. A further operation is a further row. */
const answerers: { readonly [O in Operation]?: (spec: ProviderSpec) => Answerer<O> | undefined } = {
  'chat.completions': ({ chat }) => chat && ((call, runtime) => answerChat(call, runtime, chat)),
  embeddings: ({ embeddings }) => embeddings && ((call, runtime) => answerEmbeddings(call, runtime, embeddings)),
  completions: (spec) => further('completions')(spec) ?? answerCompletions(spec),
  'images.generate': further('images.generate'),
  'images.edit': further('images.edit'),
  'images.createVariation': further('images.createVariation'),
  'audio.transcriptions': further('audio.transcriptions'),
  'audio.translations': further('audio.translations'),
  'audio.speech': further('audio.speech'),
  moderations: further('moderations'),
  'responses.create': answerResponses,
  'models.list': () => answerModels,
  'models.retrieve': () => answerModel,
}

/** Who answers an operation for a spec. */
export function answererOf(spec: ProviderSpec, operation: Operation): Answerer | undefined {
  return Object.hasOwn(answerers, operation) ? (answerers[operation]?.(spec) as Answerer | undefined) : undefined
}
