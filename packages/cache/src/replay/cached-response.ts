import { createGate } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@sluice/core/wire'
import {
  CompletionAccumulator,
  completionChunks,
  encodeFrame,
  EventBatch,
} from '@sluice/sse-stream/internal'
import type { CacheEntry } from '../store/cache-entry.ts'
import { cacheableOperations } from '../form/cacheable-operations.ts'
import { messageEnding } from '../record/message-ending.ts'
import { finishKindOfDocument, endingOfEvents } from '../record/finish-kind.ts'
import { EnvelopeTemplate } from './envelope-template.ts'
import { withMessageId } from './message-id.ts'
import type { ReplayIdentity } from './replay-identity.ts'
import { usageChunk } from '../form/usage-chunk.ts'

/** The streamed form of a stored answer. */
export interface StoredEvents {
  readonly content: EnvelopeTemplate
  /** The usage event, for callers who ask for it. */
  readonly usage: EnvelopeTemplate | undefined
}

const DATA = 'data: '
/**
 * Stands where an answer's own id or time cannot be written over; every replay puts its own there.
 */
const PLACEHOLDER = { id: 'chatcmpl-000000000000', created: 1_000_000_000 } as const
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * An entry made ready to be given out again and again, in both forms; each is made when first asked
 * for.
 */
export class CachedResponse {
  readonly entry: CacheEntry
  readonly #isCompletion: boolean
  /** Whether it is given in the form in which it came. */
  readonly isMessage: boolean
  #isChecked = false
  #events: StoredEvents | undefined
  #document: EnvelopeTemplate | undefined

  constructor(entry: CacheEntry) {
    this.entry = entry
    const operation = cacheableOperations.get(entry.operation)
    this.#isCompletion = operation?.isCompletion === true
    this.isMessage = operation?.isMessage === true
  }

  get usage(): CompletionUsage | undefined {
    return this.entry.usage ?? undefined
  }

  /**
   * Makes one form ready. Throws where the entry's bytes are not what it says they are; afterwards
   * the form can be had without fail.
   */
  prepare(streamed: boolean): void {
    if (!this.#isChecked) this.#check()
    this.#isChecked = true
    if (streamed) this.events()
    else if (this.#isCompletion) this.#documentTemplate()
  }

  /** The JSON body, with a fresh id and time where it has these. */
  document(identity: ReplayIdentity): Uint8Array {
    if (this.isMessage) return this.message()
    return this.#isCompletion ? this.#documentTemplate().stamped(identity) : this.entry.bytes
  }

  /** The message in the form in which it came, under an id of its own. */
  message(): Uint8Array {
    return withMessageId(this.entry.bytes)
  }

  events(): StoredEvents {
    return (this.#events ??= this.#isOf('events')
      ? this.#eventsFromBytes()
      : this.#eventsFromDocument())
  }

  #check(): void {
    const { bytes } = this.entry
    if (this.isMessage) {
      if (messageEnding(this.entry) === 'truncated')
        throw new Error('The entry is not a whole message.')
    } else if (!this.#isCompletion) checkBraces(this.entry)
    else if (
      (this.#isOf('events') ? endingOfEvents(bytes) : finishKindOfDocument(this.#value())) ===
      'truncated'
    ) {
      throw new Error('The entry is not a whole answer.')
    }
  }

  #isOf(framing: CacheEntry['framing']): boolean {
    return this.entry.framing === framing
  }

  #documentTemplate(): EnvelopeTemplate {
    return (this.#document ??= this.#isOf('document')
      ? templateOf(this.entry.bytes, this.#value())
      : this.#join())
  }

  #value(): ChatCompletion {
    return JSON.parse(decoder.decode(this.entry.bytes)) as ChatCompletion
  }

  #chunks(): readonly ChatCompletionChunk[] {
    return new EventBatch(this.entry.bytes, createGate()).chunks()
  }

  #join(): EnvelopeTemplate {
    const accumulator = new CompletionAccumulator()
    for (const chunk of this.#chunks()) accumulator.add(chunk)
    const completion: ChatCompletion = {
      ...accumulator.result(),
      ...(this.usage === undefined ? {} : { usage: this.usage }),
    }
    return templateOf(encoder.encode(JSON.stringify(completion)), completion)
  }

  #eventsFromBytes(): StoredEvents {
    const { bytes } = this.entry
    const frames = framesOf(bytes)
    const content = EnvelopeTemplate.read(bytes, frames, DATA)
    if (content === undefined) return eventsOf(this.#chunks(), this.usage)
    const first = JSON.parse(
      decoder.decode(bytes.subarray(DATA.length, frames[1])),
    ) as ChatCompletionChunk
    return { content, usage: usageTemplate(first, this.usage) }
  }

  #eventsFromDocument(): StoredEvents {
    const { usage: _usage, ...completion } = this.#value()
    return eventsOf(completionChunks(completion), this.usage)
  }
}

function templateOf(bytes: Uint8Array, completion: ChatCompletion): EnvelopeTemplate {
  const template = EnvelopeTemplate.read(bytes, [0, bytes.length], '')
  if (template !== undefined) return template
  const rewritten = encoder.encode(JSON.stringify({ ...completion, ...PLACEHOLDER }))
  return EnvelopeTemplate.read(rewritten, [0, rewritten.length], '')!
}

function eventsOf(
  chunks: readonly ChatCompletionChunk[],
  usage: CompletionUsage | undefined,
): StoredEvents {
  const content = framed(chunks)
  if (content !== undefined) return { content, usage: usageTemplate(chunks[0]!, usage) }
  const uniform = chunks.map(({ id: _id, created: _created, ...rest }) => ({
    ...PLACEHOLDER,
    ...rest,
  }))
  return { content: framed(uniform)!, usage: usageTemplate(uniform[0]!, usage) }
}

function usageTemplate(
  first: ChatCompletionChunk,
  usage: CompletionUsage | undefined,
): EnvelopeTemplate | undefined {
  return usage === undefined ? undefined : framed([usageChunk(first, usage)])
}

function framed(chunks: readonly ChatCompletionChunk[]): EnvelopeTemplate | undefined {
  const bytes = encoder.encode(chunks.map(encodeFrame).join(''))
  return EnvelopeTemplate.read(bytes, framesOf(bytes), DATA)
}

/** Where the frames of whole events begin, and where the last one ends. */
function framesOf(bytes: Uint8Array): number[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames = [0]
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n\n', at)
    if (end < 0 || text.toString('latin1', at, at + DATA.length) !== DATA)
      throw new Error('The events are damaged.')
    at = end + 2
    frames.push(at)
  }
  return frames
}

/**
 * Parsing a list of a thousand floats only to send on the same bytes would cost more than all else;
 * that it is one JSON object can be seen at its ends.
 */
function checkBraces({ framing, bytes }: CacheEntry): void {
  const text =
    decoder.decode(bytes.subarray(0, 16)).trimStart() +
    decoder.decode(bytes.subarray(-16)).trimEnd()
  if (framing !== 'document' || !text.startsWith('{') || !text.endsWith('}'))
    throw new Error('The document is damaged.')
}
