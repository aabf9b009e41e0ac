import type { Batch, Gate } from '@sluice/core'
import type { ChatCompletion, CompletionUsage, ResponseItem } from '@sluice/core/wire'
import { completionChunks } from './completion-chunks.ts'
import { contentText } from './content-text.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * A whole JSON answer: as the bytes it came in, as a value, or both; each is made from the other
 * only when asked for.
 */
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
    const { choices, text, output, candidates, content } =
      this.document() as Partial<ChatCompletion>
    if (Array.isArray(candidates)) return contentText(this.document())
    if (Array.isArray(content)) return joinedTexts(content, 'text')
    if (Array.isArray(output)) return outputText(output as readonly ResponseItem[])
    const first = choices?.find((choice) => choice.index === 0)
    // Legacy completions have their text on the choice itself, transcriptions at the top.
    const said: unknown = first?.message?.content ?? first?.['text'] ?? text
    return typeof said === 'string' ? said : ''
  }
}

/** The words of a response's messages. */
function outputText(output: readonly ResponseItem[]): string {
  const parts = output.flatMap(({ type, content }) =>
    type === 'message' && Array.isArray(content) ? content : [],
  ) as readonly {
    readonly type?: unknown
    readonly text?: unknown
  }[]
  return joinedTexts(parts, 'output_text')
}

function joinedTexts(parts: readonly unknown[], kind: string): string {
  return (parts as readonly { readonly type?: unknown; readonly text?: unknown }[])
    .map(({ type, text }) => (type === kind && typeof text === 'string' ? text : ''))
    .join('')
}

function chunksOf(document: unknown): readonly unknown[] {
  const { object } = document as { object?: unknown }
  // A legacy completion has the form of its own events.
  if (object === 'text_completion') return [document]
  return object === 'chat.completion' ? completionChunks(document as ChatCompletion) : []
}
