import type { Batch, ChatCompletion, ChatCompletionChunk, CompletionUsage, Gate } from '@sluice/core'
import { completionChunks } from './completion-chunks.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A whole JSON answer: as the bytes it came in, as a value, or both; each is made from the other only when asked for. */
export class DocumentBatch<Chunk, Document> implements Batch<Chunk, Document> {
  readonly framing = 'document'
  readonly gate: Gate
  readonly usage: CompletionUsage | undefined
  readonly contentType: string | undefined
  #bytes: Uint8Array | undefined
  #value: Document | undefined
  #chunks: readonly Chunk[] | undefined

  constructor(
    content: { readonly bytes?: Uint8Array | undefined; readonly value?: Document | undefined },
    gate: Gate,
    usage?: CompletionUsage,
    contentType?: string,
  ) {
    this.#bytes = content.bytes
    this.#value = content.value
    this.gate = gate
    this.usage = usage
    this.contentType = contentType
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= encoder.encode(JSON.stringify(this.#value)))
  }

  document(): Document {
    return (this.#value ??= JSON.parse(decoder.decode(this.#bytes)) as Document)
  }

  chunks(): readonly Chunk[] {
    return (this.#chunks ??= chunksOf(this.document()) as readonly Chunk[])
  }

  text(): string {
    const { choices } = this.document() as Partial<ChatCompletion>
    return choices?.find((choice) => choice.index === 0)?.message?.content ?? ''
  }
}

function chunksOf(document: unknown): readonly ChatCompletionChunk[] {
  const { object } = document as { object?: unknown }
  return object === 'chat.completion' ? completionChunks(document as ChatCompletion) : []
}
