import { partsOf } from '../batch/content-text.ts'
import { CONTENT_RESPONSE } from './response-shapes.ts'
import { mapShape, type Shape, type ShapeFilters } from './shape.ts'
import type { TextFilter } from './text-filter.ts'

type Json = Readonly<Record<string, unknown>>

/** What became of some responses; `isChanged` is false where they can leave as they came. */
export interface FilteredContents {
  readonly responses: readonly unknown[]
  readonly isChanged: boolean
}

interface Channel {
  readonly index: unknown
  readonly isReasoning: boolean
  readonly filter: TextFilter
}

const CANDIDATE = CONTENT_RESPONSE.fields!.get('candidates')!
const CONTENT = CANDIDATE.fields!.get('content')!
const PART = CONTENT.fields!.get('parts')!
const without = (shape: Shape, name: string): Shape => ({
  ...shape,
  kept: new Set([...(shape.kept ?? []), name]),
})
const BESIDE_CANDIDATES = without(CONTENT_RESPONSE, 'candidates')
const BESIDE_CONTENT = without(CANDIDATE, 'content')
const BESIDE_PARTS = without(CONTENT, 'parts')
const BESIDE_TEXT = without(PART, 'text')

/**
 * Filters responses of Gemini's form, whole or event by event. What a candidate says grows over all
 * of its parts and events, and what it thinks by itself; a call is there as a whole. What is held
 * back leaves with the end of its candidate.
 */
export class ContentFilter {
  readonly #filters: ShapeFilters
  readonly #channels = new Map<string, Channel>()

  constructor(filters: ShapeFilters) {
    this.#filters = filters
  }

  /** Filters the events of one turn. */
  next(given: readonly unknown[]): FilteredContents {
    const responses = given.flatMap((response) => {
      const after = this.#response(response as Json, false)
      return after === undefined ? [] : [after]
    })
    const isSame =
      responses.length === given.length && responses.every((one, at) => one === given[at])
    return { responses, isChanged: !isSame }
  }

  /** Filters a response that is there as a whole; the very same where nothing changes. */
  whole(response: unknown): unknown {
    return this.#response(response as Json, true)
  }

  /** Returns what is held back, for a response that ends without saying so. */
  end(): readonly unknown[] {
    const indices = new Set(Array.from(this.#channels.values(), ({ index }) => index))
    return [...indices].flatMap((index) => {
      const parts = this.#held(index)
      return parts.length === 0
        ? []
        : [{ candidates: [{ index, content: { role: 'model', parts } }] }]
    })
  }

  /** `undefined` where nothing can leave yet. */
  #response(response: Json, isWhole: boolean): unknown {
    const beside = mapShape(response, BESIDE_CANDIDATES, this.#filters) as Json
    const { candidates } = response
    if (!Array.isArray(candidates)) return beside
    const given = candidates as readonly unknown[]
    const filtered = given.flatMap((candidate) => {
      const after = this.#candidate(candidate, isWhole)
      return after === undefined ? [] : [after]
    })
    const isSame =
      filtered.length === given.length && filtered.every((one, at) => one === given[at])
    if (isSame) return beside
    return filtered.length === 0 ? undefined : { ...beside, candidates: filtered }
  }

  #candidate(candidate: unknown, isWhole: boolean): unknown {
    if (typeof candidate !== 'object' || candidate === null) return this.#filters.whole(candidate)
    const beside = mapShape(candidate, BESIDE_CONTENT, this.#filters) as Json
    const { index = 0, content, finishReason: reason } = candidate as Json
    const given = partsOf(candidate)
    const parts = given.flatMap((part) => this.#part(part, index))
    const isEnd = isWhole || (typeof reason === 'string' && reason !== '')
    if (isEnd) parts.push(...this.#held(index))
    if (parts.length === 0 && given.length > 0 && !isEnd) return undefined
    const about = typeof content === 'object' ? mapShape(content, BESIDE_PARTS, this.#filters) : {}
    const isSame =
      about === content &&
      parts.length === given.length &&
      parts.every((one, at) => one === given[at])
    if (isSame || (parts.length === 0 && given.length === 0)) return beside
    return { ...beside, content: { ...(about as Json), parts } }
  }

  #part(part: Json, index: unknown): readonly Json[] {
    const beside = mapShape(part, BESIDE_TEXT, this.#filters) as Json
    const { text, thought } = part
    if (typeof text !== 'string') return [beside]
    const after = this.#channel(index, thought === true).filter.push(text)
    if (after === text) return [beside]
    // A text of which nothing can leave yet is left out, unless its part is signed.
    const isBare = Object.keys(part).every((name) => name === 'text' || name === 'thought')
    return after === '' && isBare ? [] : [{ ...beside, text: after }]
  }

  #channel(index: unknown, isReasoning: boolean): Channel {
    const key = JSON.stringify([index, isReasoning])
    let channel = this.#channels.get(key)
    if (channel === undefined) {
      channel = { index, isReasoning, filter: this.#filters.text() }
      this.#channels.set(key, channel)
    }
    return channel
  }

  #held(index: unknown): Json[] {
    const parts: Json[] = []
    for (const [key, channel] of this.#channels) {
      if (channel.index !== index) continue
      this.#channels.delete(key)
      const text = channel.filter.end()
      if (text !== '') parts.push(channel.isReasoning ? { text, thought: true } : { text })
    }
    return parts
  }
}
