import type { ContentBlock, Message } from '@sluice/core/wire'
import { isRecord } from '../bytes/is-object.ts'
import { EventFilter } from './event-filter.ts'
import type { NamedEvent } from './text-event.ts'
import type { TextLimiter } from './text-limiter.ts'

/** The texts of blocks: what their events are called in a response. */
const BLOCK_TEXTS: ReadonlyMap<string, readonly [field: string, stem: string]> = new Map([
  ['text', ['text', 'response.output_text']],
  ['thinking', ['thinking', 'response.reasoning_text']],
])

/** Ends the events of a message where a limiter does: its open block, then itself. */
export class LimitedMessage {
  readonly #limiter: TextLimiter
  readonly #filter: EventFilter
  readonly #open = new Set<unknown>()
  #usage: unknown = {}

  constructor(limiter: TextLimiter) {
    this.#limiter = limiter
    const filter = (stem = '') => limiter.filter(stem)
    this.#filter = new EventFilter({
      text: filter,
      json: filter,
      whole: (value) => value,
      keepsLogprobs: true,
    })
  }

  next(events: readonly NamedEvent[]): { events: readonly NamedEvent[]; isChanged: boolean } {
    const limited: NamedEvent[] = []
    for (const event of events) {
      limited.push(...this.#filter.next([event]).events)
      this.#see(event)
      if (this.#limiter.isOver) return { events: [...limited, ...this.#ending()], isChanged: true }
    }
    const isSame =
      limited.length === events.length && limited.every((event, at) => event === events[at])
    return { events: limited, isChanged: !isSame }
  }

  end(): readonly NamedEvent[] {
    return this.#filter.end()
  }

  #see({ type, index, message }: NamedEvent): void {
    if (type === 'content_block_start') this.#open.add(index)
    if (type === 'content_block_stop') this.#open.delete(index)
    if (type === 'message_start' && isRecord(message)) this.#usage = message['usage'] ?? {}
  }

  #ending(): NamedEvent[] {
    const delta = { stop_reason: reasonOf(this.#limiter), stop_sequence: null }
    return [
      ...[...this.#open].map((index) => ({ type: 'content_block_stop', index })),
      // Its cost comes with the vendor's own end, which is not waited for.
      { type: 'message_delta', delta, usage: this.#usage },
      { type: 'message_stop' },
    ]
  }
}

/** Returns a whole message up to where a limiter ends it; the same where it does not. */
export function limitedMessage(message: Message, limiter: TextLimiter): Message {
  const content: ContentBlock[] = []
  for (const block of message.content) {
    content.push(limitedBlock(block, limiter))
    if (limiter.isOver)
      return { ...message, content, stop_reason: reasonOf(limiter), stop_sequence: null }
  }
  return message
}

function limitedBlock(block: ContentBlock, limiter: TextLimiter): ContentBlock {
  if (block.type === 'tool_use') {
    const filter = limiter.filter('response.function_call_arguments')
    filter.push(JSON.stringify(block['input'] ?? {}))
    // Half a call must never run.
    return limiter.isOver ? { ...block, input: {} } : block
  }
  const [field, stem] = BLOCK_TEXTS.get(block.type) ?? []
  const text = field === undefined ? undefined : block[field]
  if (field === undefined || stem === undefined || typeof text !== 'string') return block
  const filter = limiter.filter(stem)
  const taken = filter.push(text)
  return { ...block, [field]: limiter.isOver ? taken : taken + filter.end() }
}

function reasonOf({ reason }: TextLimiter): string {
  return reason === undefined ? 'end_turn' : 'max_tokens'
}
