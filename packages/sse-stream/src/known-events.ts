import type { ChatDelta } from './chat-delta.ts'
import type { AssemblerStanding, ChatAssembler } from './chat-assembler.ts'
import { onlyStringNamed, stringClose } from './json-places.ts'
import { Literal } from './literal.ts'

const decoder = new TextDecoder()

/** Shapes kept at a time. A stream has a handful: its beginning, its running text, its ends. */
const MAX_SHAPES = 8
/** A longer event is one of a kind, most likely. */
const MAX_EVENT_BYTES = 2048
/** Shapes that may be learned beyond the events that fitted one. Whose events are all of a kind of their own is not learned from for ever. */
const MAX_IN_VAIN = 64
/** What differs from one stream to the next: strings by their names, and when it was made. */
const STRINGS = ['id', 'content', 'obfuscation'] as const
const CREATED = '"created":'

type Hole = (typeof STRINGS)[number] | 'created'

/** An event that was known by its shape. */
export interface KnownEvent {
  /** The offset behind it. */
  readonly end: number
  readonly delta: ChatDelta
}

/**
 * The events that begin and end streams, remembered from the streams before: those of one provider differ in id, time and text alone. An event that
 * fits need not be parsed to be known, and goes on as it came, as the one that it was learned from did. For decoders without state.
 */
export class KnownEvents {
  #shapes: readonly EventShape[] = []
  #inVain = 0

  /** The event at `at`, where an answer that stood as this one does has had its like. */
  find(assembler: ChatAssembler, view: DataView, bytes: Uint8Array, at: number): KnownEvent | undefined {
    for (const shape of this.#shapes) {
      const found = shape.match(view, bytes, at)
      if (found === undefined || assembler.standing(found.delta) !== shape.standing) continue
      if (this.#inVain > 0) this.#inVain--
      return found
    }
    return undefined
  }

  /** Remembers an event that became one chunk and went on as it came; `block` is its text, `standing` how the answer stood before it. */
  learn(standing: AssemblerStanding, block: string, bytes: Uint8Array, delta: ChatDelta): void {
    if (this.#inVain >= MAX_IN_VAIN || standing === 'other' || bytes.length > MAX_EVENT_BYTES) return
    const shape = EventShape.learn(standing, block, bytes, delta)
    if (shape === undefined) return
    this.#shapes = ++this.#inVain < MAX_IN_VAIN ? [shape, ...this.#shapes].slice(0, MAX_SHAPES) : []
  }
}

class EventShape {
  readonly standing: AssemblerStanding
  readonly #delta: ChatDelta
  readonly #holes: readonly Hole[]
  readonly #literals: readonly Literal[]

  private constructor(
    standing: AssemblerStanding,
    delta: ChatDelta,
    holes: readonly Hole[],
    literals: readonly Literal[],
  ) {
    this.standing = standing
    this.#delta = delta
    this.#holes = holes
    this.#literals = literals
  }

  static learn(
    standing: AssemblerStanding,
    block: string,
    bytes: Uint8Array,
    delta: ChatDelta,
  ): EventShape | undefined {
    // Only where each character is a byte does a place in the text tell the place in the bytes.
    if (bytes.length !== block.length || delta.index !== 0 || !delta.model) return undefined
    if (delta.delta?.tool_calls !== undefined || delta.usage !== undefined || delta.error !== undefined)
      return undefined
    const places: { hole: Hole; start: number; end: number }[] = []
    for (const hole of STRINGS) {
      const start = onlyStringNamed(block, hole)
      if (start >= 0) places.push({ hole, start, end: stringClose(bytes, start) })
    }
    const created = block.indexOf(CREATED)
    const digits = created < 0 ? undefined : /^[1-9]\d{0,14}/.exec(block.slice(created + CREATED.length))?.[0]
    if (digits === undefined || block.indexOf(CREATED, created + 1) >= 0) return undefined
    const start = created + CREATED.length
    places.push({ hole: 'created', start, end: start + digits.length })
    const hasText = places.some(({ hole }) => hole === 'content')
    if (!places.some(({ hole }) => hole === 'id') || hasText !== (typeof delta.delta?.content === 'string'))
      return undefined
    places.sort((a, b) => a.start - b.start)
    const literals: Literal[] = []
    let at = 0
    for (const place of places) {
      literals.push(new Literal(bytes.slice(at, place.start)))
      at = place.end
    }
    literals.push(new Literal(bytes.slice(at)))
    return new EventShape(
      standing,
      delta,
      places.map(({ hole }) => hole),
      literals,
    )
  }

  match(view: DataView, bytes: Uint8Array, at: number): KnownEvent | undefined {
    const places: Partial<Record<Hole, readonly [number, number]>> = {}
    let position = at
    for (let index = 0; index < this.#literals.length; index++) {
      const literal = this.#literals[index]!
      if (!literal.standsAt(view, bytes, position)) return undefined
      position += literal.bytes.length
      const hole = this.#holes[index]
      if (hole === undefined) break
      const end = hole === 'created' ? digitsEnd(bytes, position) : stringClose(bytes, position)
      if (end < 0) return undefined
      places[hole] = [position, end]
      position = end
    }
    const id = textAt(bytes, places.id)
    const padding = textAt(bytes, places.obfuscation)
    const content = textAt(bytes, places.content)
    // What is not written as we would write it is left to the parser.
    if (id === undefined || id === '' || padding === undefined || content === undefined) return undefined
    const created = Number(decoder.decode(bytes.subarray(...places.created!)))
    const { delta } = this.#delta
    const given = places.content === undefined || delta === undefined ? delta : { ...delta, content }
    return { end: position, delta: { ...this.#delta, id, created, ...(given && { delta: given }) } }
  }
}

/** The text of a string at a place, empty where there is none; `undefined` where it is written otherwise than we would. */
function textAt(bytes: Uint8Array, place: readonly [number, number] | undefined): string | undefined {
  if (place === undefined) return ''
  const raw = decoder.decode(bytes.subarray(...place))
  if (!raw.includes('\\')) return raw
  const text = JSON.parse(`"${raw}"`) as string
  return JSON.stringify(text) === `"${raw}"` ? text : undefined
}

function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++
  return at === start || at - start > 15 || bytes[start] === 0x30 ? -1 : at
}
