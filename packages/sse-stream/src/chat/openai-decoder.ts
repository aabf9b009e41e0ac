import { ApiError } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'
import type { ChatCompletionChunk, ErrorObject } from '@sluice/core/wire'
import { cannotOperate, formOfChunk } from '../response-form/response-form.ts'
import type { ChatDecoder, ChatDelta } from './chat-decoder.ts'
import type { CopiedString } from '../template/event-template.ts'

const RUNNING_TEXT = [
  ['delta', 'content'],
  ['delta', 'reasoning_content'],
  ['delta', 'tool_calls', 0, 'function', 'arguments'],
].map((path): readonly CopiedString[] => [
  { from: ['choices', 0, ...path], to: ['choices', 0, ...path] },
  { from: ['obfuscation'], to: ['obfuscation'] },
])

/**
 * Reads chunks as OpenAI writes them, and as Sluice does. Makes nothing good that other vendors do
 * otherwise: `providers` is for them.
 */
export const openaiDecoder: ChatDecoder = { verbatim: RUNNING_TEXT, decode }

function decode(json: unknown): readonly ChatDelta[] {
  if (typeof json !== 'object' || json === null) return []
  const {
    id,
    object: _object,
    created,
    model,
    usage,
    error,
    ...chunkFields
  } = json as Partial<ChatCompletionChunk>
  const { choices } = chunkFields
  if (error !== undefined && error !== null) return [{ error: errorOf(error) }]
  const form = formOfChunk(json)
  if (form !== 'chat' && form !== 'unknown')
    return [{ error: noChat(cannotOperate('fromEvents', form)) }]
  const envelope = {
    ...(id === undefined ? {} : { id }),
    ...(created === undefined ? {} : { created }),
    ...(model === undefined ? {} : { model }),
  }
  const deltas: ChatDelta[] = []
  for (const { index, delta, finish_reason: reason, logprobs, ...choiceFields } of choices ?? []) {
    deltas.push({
      ...envelope,
      index: index ?? 0,
      delta,
      ...(reason ? { finishReason: reason } : {}),
      ...(logprobs === undefined ? {} : { logprobs }),
      ...(Object.keys(choiceFields).length > 0 ? { choiceFields } : {}),
      chunkFields,
    })
  }
  if (usage !== undefined && usage !== null) deltas.push({ ...envelope, usage })
  return deltas
}

/** Read as a chat, the events of another operation would be an answer without its words. */
function noChat(cause: Error): ApiError {
  return new ApiError('upstream_invalid_response', {
    message: 'The stream is no chat completion.',
    cause,
  })
}

function errorOf(error: unknown): ApiError {
  const { message, type, code } = (
    typeof error === 'object' ? error : { message: error }
  ) as Partial<ErrorObject>
  return new ApiError('upstream_error', {
    message:
      typeof message === 'string' && message !== ''
        ? scrubSecrets(message)
        : 'The upstream failed inside its stream.',
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof code === 'string' ? { wireCode: code } : {}),
    cause: error,
  })
}
