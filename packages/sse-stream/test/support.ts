import { createGate } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import { ChatStreamDecoder, type ChatDecoder, type ChatDelta } from '@sluice/sse-stream/internal'

const TEXT = [
  { from: ['choices', 0, 'delta', 'content'], to: ['choices', 0, 'delta', 'content'] },
  { from: ['obfuscation'], to: ['obfuscation'] },
]

/** The plainest decoder: OpenAI's own chunks. */
export const plainDecoder: ChatDecoder = {
  verbatim: [TEXT],
  decode(json) {
    const {
      id,
      created,
      model,
      usage,
      object: _object,
      ...chunkFields
    } = json as ChatCompletionChunk
    const { choices } = chunkFields
    const deltas: ChatDelta[] = choices.map(
      ({ index, delta, finish_reason: reason, logprobs }) => ({
        id,
        created,
        model,
        index,
        delta: delta as NonNullable<ChatDelta['delta']>,
        ...(reason === null || reason === undefined ? {} : { finishReason: reason }),
        ...(logprobs === undefined ? {} : { logprobs }),
        chunkFields,
      }),
    )
    return usage === undefined || usage === null ? deltas : [...deltas, { usage }]
  },
}

/** What a translator makes of bytes that arrive in these pieces. */
export function translate(
  pieces: readonly Uint8Array[],
  options: { decoder?: ChatDecoder; includeUsage?: boolean; maxEventBytes?: number } = {},
) {
  const translator = new ChatStreamDecoder({
    decoder: options.decoder ?? plainDecoder,
    envelope: { id: 'chatcmpl-own', created: 1_700_000_000, model: 'own' },
    gate: createGate(),
    includeUsage: options.includeUsage ?? false,
    ...(options.maxEventBytes === undefined ? {} : { maxEventBytes: options.maxEventBytes }),
  })
  const batches = pieces.flatMap((piece) => translator.push(piece) ?? [])
  if (translator.failure === undefined) batches.push(...translator.end())
  const decoder = new TextDecoder()
  return {
    batches,
    text: batches.map((batch) => decoder.decode(batch.bytes)).join(''),
    chunks: batches.flatMap((batch) => batch.chunks()),
    said: batches.map((batch) => batch.text()).join(''),
    usage: batches.find((batch) => batch.usage !== undefined)?.usage,
    failure: translator.failure,
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Bytes cut at these offsets. */
export function cutAt(whole: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const sorted = [
    ...new Set([0, ...offsets.filter((at) => at > 0 && at < whole.length), whole.length]),
  ].sort((a, b) => a - b)
  return sorted.slice(1).map((end, index) => whole.slice(sorted[index], end))
}
