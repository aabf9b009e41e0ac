import { createGate, type ApiError } from '@sluice/core'
import type { ChatCompletionChunk, ChatCompletionCreateParams } from '@sluice/core/wire'
import { ChatStreamDecoder } from '@sluice/sse-stream/internal'
import type { ChatUnderTest } from './provider-subject.ts'

/** What came of a streamed answer. */
export interface DecodedStream {
  readonly chunks: readonly ChatCompletionChunk[]
  readonly failure: ApiError | undefined
}

/**
 * Reads a streamed answer that arrives in the given pieces, one turn of the event loop each,
 * without a socket.
 */
export function decodeStream(
  chat: ChatUnderTest,
  params: ChatCompletionCreateParams,
  pieces: readonly Uint8Array[],
): DecodedStream {
  const translator = new ChatStreamDecoder({
    decoder: chat.decoder(params, { model: params.model, stream: true }),
    envelope: { id: 'chatcmpl-conformance', created: 1_700_000_000, model: params.model },
    gate: createGate(),
    includeUsage: params.stream_options?.include_usage === true,
  })
  const chunks: ChatCompletionChunk[] = []
  for (const piece of pieces) {
    chunks.push(...(translator.push(piece)?.chunks() ?? []))
    if (translator.failure !== undefined) return { chunks, failure: translator.failure }
  }
  for (const batch of translator.end()) chunks.push(...batch.chunks())
  return { chunks, failure: translator.failure }
}

/** Whether every choice that began has its finish reason. */
export function isFinished(chunks: readonly ChatCompletionChunk[]): boolean {
  const open = new Map<number, boolean>()
  for (const choice of chunks.flatMap((chunk) => chunk.choices)) {
    open.set(choice.index, (open.get(choice.index) ?? true) && choice.finish_reason === null)
  }
  return open.size > 0 && ![...open.values()].includes(true)
}
