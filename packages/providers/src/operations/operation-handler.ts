import type { Operation } from '@sluice/core'
import type { OtherOperation, ProviderSpec } from '../vendor-spec/provider-spec.ts'
import type { OperationHandler } from './operation-handlers.ts'
import { handleChat } from './chat.ts'
import { handleCompletions } from './completions.ts'
import { handleCountTokens } from './count-tokens.ts'
import { handleEmbeddings } from './embeddings.ts'
import { handleGenerateContent } from './generate-content.ts'
import { handleOtherOperation } from './other.ts'
import { handleModel, handleModels } from './models.ts'
import { handleMessages, handleMessageTokens } from './messages.ts'
import { handleResponseTokens } from './response-tokens.ts'
import { handleResponses } from './responses.ts'

const further =
  <O extends OtherOperation>(operation: O) =>
  (spec: ProviderSpec): OperationHandler<O> | undefined => {
    const dialect = spec.operations?.[operation]
    return dialect && ((call, runtime) => handleOtherOperation(call, runtime, dialect))
  }

/**
 * For each operation, who answers it for a spec; nobody where the spec does not have it. A further
 * operation is a further row.
 */
const answerers: {
  readonly [O in Operation]?: (spec: ProviderSpec) => OperationHandler<O> | undefined
} = {
  'chat.completions': ({ chat }) => chat && ((call, runtime) => handleChat(call, runtime, chat)),
  embeddings: ({ embeddings }) =>
    embeddings && ((call, runtime) => handleEmbeddings(call, runtime, embeddings)),
  completions: (spec) => further('completions')(spec) ?? handleCompletions(spec),
  'images.generate': further('images.generate'),
  'images.edit': further('images.edit'),
  'images.createVariation': further('images.createVariation'),
  'audio.transcriptions': further('audio.transcriptions'),
  'audio.translations': further('audio.translations'),
  'audio.speech': further('audio.speech'),
  moderations: further('moderations'),
  'responses.create': handleResponses,
  'responses.inputTokens': handleResponseTokens,
  'models.generateContent': handleGenerateContent,
  'models.countTokens': handleCountTokens,
  'messages.create': handleMessages,
  'messages.countTokens': handleMessageTokens,
  'models.list': () => handleModels,
  'models.retrieve': () => handleModel,
}

/** Who answers an operation for a spec. */
export function operationHandler(
  spec: ProviderSpec,
  operation: Operation,
): OperationHandler | undefined {
  return Object.hasOwn(answerers, operation)
    ? (answerers[operation]?.(spec) as OperationHandler | undefined)
    : undefined
}
