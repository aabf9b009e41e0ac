import type { Response, ResponseItem } from '@sluice/core/wire'
import { EventFilter } from './event-filter.ts'
import { endedResponse, ResponseEnding } from './response-ending.ts'
import { ITEM_TEXTS, PART_TEXTS, TEXTS_BY_STEM } from './response-texts.ts'
import { placeKey, textEventOf, type NamedEvent } from './text-event.ts'
import type { TextLimiter } from './text-limiter.ts'

type Json = Readonly<Record<string, unknown>>

/** The events of a response up to where a limiter ends it, and then those of its end. */
export class LimitedResponse {
  readonly #limiter: TextLimiter
  readonly #filter: EventFilter
  readonly #ending = new ResponseEnding()
  readonly #begun = new Set<string>()

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
      for (const one of this.#told(event)) {
        limited.push(...this.#filter.next([one]).events)
        if (!this.#limiter.isOver) continue
        for (const said of limited) this.#ending.see(said)
        return { events: [...limited, ...this.#ending.end(this.#limiter.reason)], isChanged: true }
      }
    }
    for (const said of limited) this.#ending.see(said)
    const isSame =
      limited.length === events.length && limited.every((event, at) => event === events[at])
    return { events: limited, isChanged: !isSame }
  }

  end(): readonly NamedEvent[] {
    return this.#filter.end()
  }

  /**
   * A text that its vendor told only as a whole is told in a delta first, so that it can be cut.
   */
  #told(event: NamedEvent): readonly NamedEvent[] {
    const text = textEventOf(event)
    if (text !== undefined) this.#begun.add(placeKey(text.place))
    const stem = event.type.slice(0, -'.done'.length)
    const field = event.type.endsWith('.done') ? TEXTS_BY_STEM.get(stem)?.field : undefined
    const said = field === undefined ? undefined : event[field]
    if (field === undefined || typeof said !== 'string' || said === '') return [event]
    const { [field]: _said, logprobs: _logprobs, ...place } = event
    const delta = { ...place, type: `${stem}.delta`, delta: said }
    return this.#begun.has(placeKey(textEventOf(delta)!.place)) ? [event] : [delta, event]
  }
}

/** A whole response up to where a limiter ends it; the same where it does not. */
export function limitedResponse(response: Response, limiter: TextLimiter): Response {
  const output: ResponseItem[] = []
  for (const item of response.output) {
    output.push(limitedItem(item, limiter))
    if (limiter.isOver) return endedResponse(response, output, limiter.reason)
  }
  return response
}

function limitedItem(item: ResponseItem, limiter: TextLimiter): ResponseItem {
  const limited: ResponseItem = { ...item }
  const own = ITEM_TEXTS.get(item.type)
  if (own !== undefined) limited[own.field] = cut(item[own.field], own.stem, limiter)
  for (const list of ['summary', 'content'] as const) {
    const parts: unknown = item[list]
    if (Array.isArray(parts)) limited[list] = limitedParts(parts as readonly Json[], limiter)
  }
  if (limiter.isOver && 'status' in limited && limiter.reason !== undefined)
    limited['status'] = 'incomplete'
  return limited
}

function limitedParts(parts: readonly Json[], limiter: TextLimiter): Json[] {
  const limited: Json[] = []
  for (const part of parts) {
    if (limiter.isOver) break
    const place = PART_TEXTS.get(part['type'])
    const text = place === undefined ? undefined : cut(part[place.field], place.stem, limiter)
    const spelled = limiter.isOver && 'logprobs' in part ? { logprobs: [] } : {}
    limited.push(place === undefined ? part : { ...part, ...spelled, [place.field]: text })
  }
  return limited
}

function cut(text: unknown, stem: string, limiter: TextLimiter): unknown {
  if (typeof text !== 'string' || limiter.isOver) return text
  const filter = limiter.filter(stem)
  const taken = filter.push(text)
  return limiter.isOver ? taken : taken + filter.end()
}
