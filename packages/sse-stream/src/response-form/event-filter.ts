import { TYPED_EVENT } from './response-shapes.ts'
import { PieceFilter } from './piece-filter.ts'
import { beginningsIn, withText } from './text-beginnings.ts'
import { mapShape, type ShapeFilters } from './shape.ts'
import {
  endsText,
  isSound,
  placeKey,
  textEventOf,
  textIn,
  withoutText,
  withTextIn,
  type NamedEvent,
  type TextEvent,
  type TextPlace,
} from './text-event.ts'
import type { TextFilter } from './text-filter.ts'

/** What is done with the texts of an answer's events. */
export interface EventFilters extends ShapeFilters {
  /** For JSON text that arrives in pieces. */
  readonly json: (stem?: string) => TextFilter
}

interface Channel {
  readonly place: TextPlace
  readonly text: TextEvent
  readonly filter: TextFilter
  /** The event that spoke of it last: what is held back leaves in its form. */
  last: NamedEvent
}

/** What became of some events; `isChanged` is false where they can leave as they came. */
export interface FilteredEvents {
  readonly events: readonly NamedEvent[]
  readonly isChanged: boolean
}

/**
 * Filters the events of a response, a transcription or a picture. Each text that grows is filtered
 * by itself; events that repeat a text, or an item, or all of the response, are filtered as a
 * whole, which gives the same. What is held back leaves before the event that says that its text is
 * whole. Events are numbered anew where some are left out.
 */
export class EventFilter {
  readonly #filters: EventFilters
  readonly #channels = new Map<string, Channel>()
  /** How many more events have left than have come. */
  #shift = 0

  constructor(filters: EventFilters) {
    this.#filters = filters
  }

  next(events: readonly NamedEvent[]): FilteredEvents {
    const filtered = events.flatMap((event) => this.#numbered(event, this.#event(event)))
    const isSame =
      filtered.length === events.length && filtered.every((event, at) => event === events[at])
    return { events: filtered, isChanged: !isSame }
  }

  /** What is held back, for an answer that ends without saying so. */
  end(): readonly NamedEvent[] {
    const held = this.#flush(() => true)
    const events = held.map((event, at) => withNumber(event, this.#shift + at + 1))
    this.#shift += held.length
    return events
  }

  #event(event: NamedEvent): readonly NamedEvent[] {
    if (typeof event.type !== 'string')
      return [mapShape(event, TYPED_EVENT, this.#filters) as NamedEvent]
    if (isSound(event) && !this.#filters.keepsLogprobs) return []
    const text = textEventOf(event)
    if (text !== undefined) return this.#text(event, text)
    const whole = this.#begun(event, mapShape(event, TYPED_EVENT, this.#filters) as NamedEvent)
    return [...this.#flush(({ place }) => endsText(event, place)), whole]
  }

  /**
   * What an item or a part brings along is the beginning of its text, and is held back like the
   * rest of it.
   */
  #begun(event: NamedEvent, whole: NamedEvent): NamedEvent {
    let begun: unknown = whole
    for (const { event: delta, path, text } of beginningsIn(event)) {
      const after = this.#channel(delta, textEventOf(delta)!).filter.push(text)
      if (after !== text) begun = withText(begun, path, after)
    }
    return begun as NamedEvent
  }

  #channel(event: NamedEvent, text: TextEvent): Channel {
    const { place, kind } = text
    const key = placeKey(place)
    let channel = this.#channels.get(key)
    if (channel === undefined) {
      channel = { place, text, filter: this.#filter(kind, place.stem), last: event }
      this.#channels.set(key, channel)
    }
    channel.last = event
    return channel
  }

  #text(event: NamedEvent, text: TextEvent): readonly NamedEvent[] {
    const channel = this.#channel(event, text)
    const before = textIn(event, text)
    const after = channel.filter.push(before)
    const others = withoutText(event, text)
    const rest = mapShape(others, TYPED_EVENT, this.#filters)
    if (after === before && rest === others) return [event]
    // A text of which nothing can leave yet is left out; an empty one was meant to be there.
    if (after === '' && before !== '') return []
    return [withTextIn(unpadded(rest as NamedEvent), text, after)]
  }

  #filter(kind: TextEvent['kind'], stem: string): TextFilter {
    if (kind === 'json') return this.#filters.json(stem)
    return kind === 'text' ? this.#filters.text(stem) : new PieceFilter(this.#filters.text(stem))
  }

  #flush(isOver: (channel: Channel) => boolean): NamedEvent[] {
    const held: NamedEvent[] = []
    for (const [key, channel] of this.#channels) {
      if (!isOver(channel)) continue
      this.#channels.delete(key)
      const text = channel.filter.end()
      if (text === '') continue
      const others = withoutText(channel.last, channel.text)
      const rest = mapShape(others, TYPED_EVENT, this.#filters) as NamedEvent
      const bare = { ...unpadded(rest), ...('logprobs' in rest ? { logprobs: [] } : {}) }
      held.push(withTextIn(bare, channel.text, text))
    }
    return held
  }

  /** What stands for an event, numbered on from it. */
  #numbered(event: NamedEvent, filtered: readonly NamedEvent[]): readonly NamedEvent[] {
    const number = event['sequence_number']
    const shift = this.#shift
    this.#shift += filtered.length - 1
    if (typeof number !== 'number') return filtered
    return filtered.map((one, at) => numbered(one, number + shift + at))
  }
}

/** Padding hides how long a text was that no longer stands there. */
function unpadded({ obfuscation: _padding, ...event }: NamedEvent): NamedEvent {
  return event
}

function withNumber(event: NamedEvent, more: number): NamedEvent {
  const number = event['sequence_number']
  return typeof number === 'number' ? numbered(event, number + more) : event
}

function numbered(event: NamedEvent, number: number): NamedEvent {
  return event['sequence_number'] === number ? event : { ...event, sequence_number: number }
}
