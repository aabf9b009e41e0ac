import type { Batch, Gate } from '@sluice/core'
import type { CompletionUsage } from '@sluice/core/wire'
import { EventSplitter } from '../sse/event-splitter.ts'
import { parseEvent } from '../sse/parse-event.ts'

/** An event that says its own name, as those of OpenAI's newer APIs do. */
export interface TypedEvent {
  readonly type: string
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The types whose `delta` is a piece of what the model says. */
const TEXT_DELTAS: ReadonlySet<string> = new Set([
  'response.output_text.delta',
  'transcript.text.delta',
])

/**
 * The frame of one named event: its type as the event's name, itself as the data. JSON has no raw
 * line ends, so content can never end the event.
 */
export function encodeTypedFrame(event: TypedEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/**
 * Named events of a streamed answer, as objects or as the bytes of whole events, of any framing
 * that SSE allows; each is made from the other only when somebody looks. Bytes must hold whole
 * events of JSON; `chunks()` throws a `SyntaxError` for others.
 */
export class TypedEventBatch<
  Event extends TypedEvent = TypedEvent,
  Document = never,
> implements Batch<Event, Document> {
  readonly framing = 'events'
  readonly gate: Gate
  readonly usage: CompletionUsage | undefined
  readonly contentType = undefined
  #bytes: Uint8Array | undefined
  #events: readonly Event[] | undefined

  constructor(
    content: { readonly events: readonly Event[] } | { readonly bytes: Uint8Array },
    gate: Gate,
    usage?: CompletionUsage,
  ) {
    if ('events' in content) this.#events = content.events
    else this.#bytes = content.bytes
    this.gate = gate
    this.usage = usage
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= encoder.encode(this.#events!.map(encodeTypedFrame).join('')))
  }

  chunks(): readonly Event[] {
    return (this.#events ??= parseEvents(this.#bytes!) as Event[])
  }

  /**
   * What the model says in these events: the output text of a response, the words of a
   * transcription.
   */
  text(): string {
    let text = ''
    for (const event of this.chunks()) {
      const { type, delta } = event as TypedEvent & { readonly delta?: unknown }
      if (type === 'content_block_delta') text += messageText(delta)
      if (TEXT_DELTAS.has(type) && typeof delta === 'string') text += delta
    }
    return text
  }

  document(): undefined {
    return undefined
  }
}

function messageText(delta: unknown): string {
  const { type, text } = (delta ?? {}) as { readonly type?: unknown; readonly text?: unknown }
  return type === 'text_delta' && typeof text === 'string' ? text : ''
}

function parseEvents(bytes: Uint8Array): unknown[] {
  const events: unknown[] = []
  const scanner = new EventSplitter(bytes.length)
  const take = (block: Uint8Array) => {
    const event = parseEvent(decoder.decode(block))
    if (event !== undefined) events.push(JSON.parse(event.data))
  }
  scanner.push(
    bytes,
    () => -1,
    (source, start, end) => take(source.subarray(start, end)),
  )
  const rest = scanner.rest()
  if (rest.length > 0) take(rest)
  return events
}
