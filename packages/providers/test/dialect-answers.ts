import { createGate } from '@sluice/core'
import type { ChatCompletion } from '@sluice/core/wire'
import {
  CompletionAccumulator,
  ChunkAssembler,
  ChatStreamDecoder,
  type ChatDecoder,
  type ChatDelta,
} from '@sluice/sse-stream/internal'

const envelopeOf = (model: string) => ({ id: 'chatcmpl-own', created: 1_700_000_000, model })

/** What a client is given for a stream that arrives in these pieces. */
export function translated(model: string, decoder: ChatDecoder, pieces: readonly Uint8Array[]) {
  const translator = new ChatStreamDecoder({
    decoder,
    envelope: envelopeOf(model),
    gate: createGate(),
    includeUsage: true,
  })
  const batches = pieces.flatMap((piece) => translator.push(piece) ?? [])
  if (translator.failure === undefined) batches.push(...translator.end())
  const chunks = batches.flatMap((batch) => batch.chunks())
  const accumulator = new CompletionAccumulator()
  for (const chunk of chunks) accumulator.add(chunk)
  const text = batches.map((batch) => new TextDecoder().decode(batch.bytes)).join('')
  return { text, chunks, completion: accumulator.result(), failure: translator.failure }
}

/** What a client is given for an answer that was not streamed. */
export function assembled(model: string, deltas: Iterable<ChatDelta>): ChatCompletion {
  const assembler = new ChunkAssembler(envelopeOf(model))
  const accumulator = new CompletionAccumulator()
  for (const delta of deltas) {
    const chunk = assembler.add(delta)
    if (chunk !== undefined) accumulator.add(chunk)
  }
  for (const chunk of assembler.finishAll()) accumulator.add(chunk)
  const usage = assembler.usageChunk()
  if (usage !== undefined) accumulator.add(usage)
  return accumulator.result()
}

/** The value with nothing in it that could be changed. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
