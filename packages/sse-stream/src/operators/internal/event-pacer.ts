import {
  placeKey,
  textEventOf,
  textIn,
  withTextIn,
  type NamedEvent,
  type TextEvent,
} from '../../response-form/text-event.ts'
import { piecesOf } from './text-pacer.ts'

/** A part of an answer that goes on by itself: at the pace, or with whatever comes before it. */
export interface PacedEvent {
  readonly chunk: NamedEvent
  /** Characters of text; 0 for what is not paced. */
  readonly chars: number
}

interface Tail {
  readonly key: string
  text: string
  event: NamedEvent
  readonly at: TextEvent
}

/**
 * Cuts the texts of events that say their own names into pieces of an even size, as `TextPacer`
 * does for chat. The last piece of a text may still grow and is kept until another event comes.
 * Events are numbered anew.
 */
export class EventPacer {
  readonly #segmenter: Intl.Segmenter
  #tail: Tail | undefined
  #number: number | undefined

  constructor(segmenter: Intl.Segmenter) {
    this.#segmenter = segmenter
  }

  push(event: NamedEvent): PacedEvent[] {
    const text = textEventOf(event)
    if (text?.kind !== 'text') return [...this.end(), this.#paced(event, 0)]
    const key = placeKey(text.place)
    const paced = this.#tail !== undefined && this.#tail.key !== key ? this.end() : []
    const { logprobs } = event
    if (Array.isArray(logprobs) && logprobs.length > 0)
      paced.push(this.#paced(withTextIn(event, text, ''), 0))
    const bare = Array.isArray(logprobs) ? { ...event, logprobs: [] } : event
    const pieces = piecesOf(this.#segmenter, (this.#tail?.text ?? '') + textIn(event, text))
    const last = pieces.pop()
    if (last === undefined) return [...paced, this.#paced(event, 0)]
    this.#tail = { key, text: last, event: bare, at: text }
    return [
      ...paced,
      ...pieces.map((piece) => this.#paced(withTextIn(bare, text, piece), piece.length)),
    ]
  }

  /** What was kept. */
  end(): PacedEvent[] {
    const tail = this.#tail
    this.#tail = undefined
    if (tail === undefined) return []
    return piecesOf(this.#segmenter, tail.text).map((piece) =>
      this.#paced(withTextIn(tail.event, tail.at, piece), piece.length),
    )
  }

  #paced(event: NamedEvent, chars: number): PacedEvent {
    const number = event['sequence_number']
    if (typeof number !== 'number') return { chunk: event, chars }
    this.#number = this.#number === undefined ? number : this.#number + 1
    return { chunk: { ...event, sequence_number: this.#number }, chars }
  }
}
