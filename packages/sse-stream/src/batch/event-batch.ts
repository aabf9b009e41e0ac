import type { Batch, Gate, PooledBytes } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@sluice/core/wire'
import type { EventTemplate } from '../template/event-template.ts'
import { PooledSlice } from '../bytes/buffer-pool.ts'
import { contentText } from './content-text.ts'

const encoder = new TextEncoder()
// A byte-order mark in an answer is a part of its text.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const NOTHING = new Uint8Array(0)
const NO_TEMPLATES: readonly EventTemplate[] = []

/**
 * The frame of one chunk: `data: {…}` and a blank line. JSON has no raw line ends, so content can
 * never end the event.
 */
export function encodeFrame(chunk: unknown): string {
  return `data: ${JSON.stringify(chunk)}\n\n`
}

/** The same as bytes. */
export function frameBytes(chunk: unknown): Uint8Array {
  return encoder.encode(encodeFrame(chunk))
}

/**
 * Events as bytes that were written or checked by us: `data: {…}\n\n`, one line each. Parsed only
 * when somebody looks.
 */
export class EventBatch<Chunk = ChatCompletionChunk, Document = ChatCompletion> implements Batch<
  Chunk,
  Document
> {
  readonly framing = 'events'
  readonly byteLength: number
  readonly gate: Gate
  readonly usage: CompletionUsage | undefined
  readonly contentType = undefined
  #source: Uint8Array | PooledSlice
  readonly #templates: readonly EventTemplate[]
  #chunks: readonly Chunk[] | undefined
  #text: string | undefined

  constructor(
    source: Uint8Array | PooledSlice,
    gate: Gate,
    templates: readonly EventTemplate[] = NO_TEMPLATES,
    usage?: CompletionUsage,
  ) {
    this.#source = source
    this.byteLength = source instanceof PooledSlice ? source.end - source.start : source.length
    this.gate = gate
    this.#templates = templates
    this.usage = usage
  }

  get bytes(): Uint8Array {
    const source = this.#source
    if (!(source instanceof PooledSlice)) return source
    // From here on the turn is not needed, and need not be kept.
    return (this.#source = source.turn.copy(source.start, source.end))
  }

  borrowBytes(): PooledBytes | undefined {
    const source = this.#source
    return source instanceof PooledSlice ? source.turn.lend(source.start, source.end) : undefined
  }

  chunks(): readonly Chunk[] {
    return (this.#chunks ??= this.#parse())
  }

  text(): string {
    return (this.#text ??= this.#readText())
  }

  document(): undefined {
    return undefined
  }

  /**
   * Hands over what the first choice says, as it stands between the quotes of its JSON, and every
   * other chunk as it is. Who only writes the text again needs no object for it.
   */
  eachContent(onContent: (raw: string) => void, onChunk: (chunk: Chunk) => void): void {
    const bytes = this.#peek()
    this.#walk(
      bytes,
      (template, start, end) => {
        if (template.isContent && template.rest.length === 1)
          onContent(ascii(bytes, template.textStart, template.textEnd))
        else onChunk(parseFrame(bytes, start, end) as Chunk)
      },
      (start, end) => onChunk(parseFrame(bytes, start, end) as Chunk),
    )
  }

  /** The bytes, for looking at them now. */
  #peek(): Uint8Array {
    const source = this.#source
    return source instanceof PooledSlice ? source.turn.peek(source.start, source.end) : source
  }

  #parse(): Chunk[] {
    const chunks: Chunk[] = []
    const bytes = this.#peek()
    this.#walk(
      bytes,
      (template, start, end) => {
        const text = unescape(decoder.decode(bytes.subarray(template.textStart, template.textEnd)))
        chunks.push(
          template.chunkOf(
            text,
            () => parseFrame(bytes, start, end) as Record<string, unknown>,
          ) as Chunk,
        )
      },
      (start, end) => {
        chunks.push(parseFrame(bytes, start, end) as Chunk)
      },
    )
    return chunks
  }

  #readText(): string {
    if (this.#chunks !== undefined) return textOf(this.#chunks)
    let text = ''
    let raw = ''
    // The raw strings of events side by side are one raw string: their escapes are resolved
    // together.
    const flush = () => {
      if (raw !== '') text += unescape(raw)
      raw = ''
    }
    const bytes = this.#peek()
    this.#walk(
      bytes,
      (template) => {
        if (template.isContent) raw += ascii(bytes, template.textStart, template.textEnd)
      },
      (start, end) => {
        flush()
        text += textOf([parseFrame(bytes, start, end)])
      },
    )
    flush()
    return text
  }

  #walk(
    bytes: Uint8Array,
    onKnown: (template: EventTemplate, start: number, end: number) => void,
    onOther: (start: number, end: number) => void,
  ): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    next: while (at < bytes.length) {
      for (const template of this.#templates) {
        const end = template.match(view, bytes, at)
        if (end >= 0) {
          onKnown(template, at, end)
          at = end
          continue next
        }
      }
      let end = bytes.indexOf(0x0a, at)
      end = end < 0 ? bytes.length : end + 2
      onOther(at, end)
      at = end
    }
  }
}

/** Events as chunks; they become bytes only when somebody writes them. */
export class ChunkBatch<Chunk = ChatCompletionChunk, Document = ChatCompletion> implements Batch<
  Chunk,
  Document
> {
  readonly framing = 'events'
  readonly gate: Gate
  readonly usage: CompletionUsage | undefined
  readonly contentType = undefined
  readonly #chunks: readonly Chunk[]
  #bytes: Uint8Array | undefined

  constructor(chunks: readonly Chunk[], gate: Gate, usage?: CompletionUsage) {
    this.#chunks = chunks
    this.gate = gate
    this.usage = usage
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??=
      this.#chunks.length === 0 ? NOTHING : encoder.encode(this.#chunks.map(encodeFrame).join('')))
  }

  chunks(): readonly Chunk[] {
    return this.#chunks
  }

  text(): string {
    return textOf(this.#chunks)
  }

  document(): undefined {
    return undefined
  }
}

function parseFrame(bytes: Uint8Array, start: number, end: number): unknown {
  return JSON.parse(decoder.decode(bytes.subarray(start + 6, end)))
}

function textOf(chunks: readonly unknown[]): string {
  let text = ''
  for (const chunk of chunks as readonly ChatCompletionChunk[]) {
    if (chunk.choices === undefined) text += contentText(chunk)
    // Legacy completions have their text on the choice itself.
    for (const { index, delta, text: own } of chunk.choices ?? []) {
      if (index === 0) text += delta?.content ?? (typeof own === 'string' ? own : '')
    }
  }
  return text
}

function unescape(raw: string): string {
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

/**
 * Short ASCII runs by hand, the rest by the decoder: a call into it costs more than a token's few
 * bytes.
 */
function ascii(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 24) return decoder.decode(bytes.subarray(start, end))
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte >= 0x80) return decoder.decode(bytes.subarray(start, end))
    text += String.fromCharCode(byte)
  }
  return text
}
