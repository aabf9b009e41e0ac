import { saysSomething, type AssemblerStanding, type ChatAssembler } from './chat-assembler.ts'
import type { ChatDelta } from './chat-delta.ts'
import type { ChunkTemplate } from './chunk-template.ts'
import { onlyStringNamed, stringClose } from './json-places.ts'
import { Literal } from './literal.ts'

const decoder = new TextDecoder()

const BACKSLASH = 0x5c
/** What differs from one stream to the next: strings by their names, and when it was made. */
const STRINGS = ['id', 'content', 'obfuscation'] as const
const CREATED = '"created":'

type Hole = (typeof STRINGS)[number] | 'created'

/** What is to be known of an event to learn its shape. */
export interface LearnedEvent {
  /** How the answer stood before it. */
  readonly standing: AssemblerStanding
  /** Its text, and the same as bytes. */
  readonly block: string
  readonly bytes: Uint8Array
  /** What it said. */
  readonly delta: ChatDelta
  /** What its stream learned from it for the events that follow it. */
  readonly template: ChunkTemplate | undefined
}

/** The shape of an event that begins, runs or ends streams: those of one provider have all but id, time and text in common. */
export class EventShape {
  readonly standing: AssemblerStanding
  /** Whether its choice ends with it. */
  readonly finishes: boolean
  readonly #model: string
  /** Whether it says something beside its text. */
  readonly #speaks: boolean
  readonly #holes: readonly Hole[]
  readonly #literals: readonly Literal[]
  readonly #running: ChunkTemplate | undefined
  /** Bounds of the holes found last, and of the event, and when it was made. */
  readonly #places: number[] = []
  #start = 0
  #end = 0
  #created = 0

  private constructor(learned: LearnedEvent, holes: readonly Hole[], literals: readonly Literal[]) {
    const { standing, delta, template } = learned
    this.standing = standing
    this.finishes = delta.finishReason !== undefined
    this.#model = delta.model!
    this.#speaks = this.finishes || saysSomething({ ...delta.delta, content: '' })
    this.#holes = holes
    this.#literals = literals

    this.#running = template !== undefined && endsAlike(holes, literals, template) ? template : undefined
  }

  static learn(learned: LearnedEvent): EventShape | undefined {
    const { block, bytes, delta } = learned
    // Only where each character is a byte does a place in the text tell the place in the bytes.
    if (bytes.length !== block.length || delta.index !== 0 || !delta.model || delta.end === true) return undefined
    if (delta.delta?.tool_calls !== undefined || delta.usage !== undefined || delta.error !== undefined)
      return undefined
    const places: { hole: Hole; start: number; end: number }[] = []
    for (const hole of STRINGS) {
      const start = onlyStringNamed(block, hole)
      const end = start < 0 ? -1 : stringClose(bytes, start)
      if (end >= 0) places.push({ hole, start, end })
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
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const literals: Literal[] = []
    let at = 0
    for (const place of places) {
      literals.push(new Literal(view, at, place.start))
      at = place.end
    }
    literals.push(new Literal(view, at, bytes.length))
    return new EventShape(
      learned,
      places.map(({ hole }) => hole),
      literals,
    )
  }

  /** Whether the event at `at` fits. What was found is kept until the next call. */
  match(view: DataView, bytes: Uint8Array, at: number): boolean {
    const end = bytes.length
    const literals = this.#literals
    const places = this.#places
    let position = at
    for (let index = 0; index < literals.length; index++) {
      const literal = literals[index]!
      if (!literal.standsAt(view, position, end)) return false
      position += literal.length
      if (index === this.#holes.length) break
      const close = this.#close(this.#holes[index]!, bytes, position)
      if (close < 0) return false
      places[index * 2] = position
      places[index * 2 + 1] = close
      position = close
    }
    this.#start = at
    this.#end = position
    return true
  }

  /** Whether the event matched last belongs to the answer, as far as that has begun. */
  fits(assembler: ChatAssembler, bytes: Uint8Array): boolean {
    if (this.standing === 'new') return true
    const { id, created, model } = assembler.envelope!
    const at = this.#holes.indexOf('id') * 2
    return (
      created === this.#created && model === this.#model && isText(id, bytes, this.#places[at]!, this.#places[at + 1]!)
    )
  }

  /** Does with the event matched last what reading it would do. Gives the offset behind it. */
  apply(assembler: ChatAssembler, bytes: Uint8Array): number {
    if (this.standing === 'new') {
      const at = this.#holes.indexOf('id') * 2
      const id = decoder.decode(bytes.subarray(this.#places[at], this.#places[at + 1]))
      assembler.open({ id, created: this.#created, model: this.#model })
    }
    const text = this.#holes.indexOf('content') * 2
    const speaks = this.#speaks || (text >= 0 && this.#places[text + 1]! > this.#places[text]!)
    assembler.pass(speaks, this.finishes)
    return this.#end
  }

  /** The shape of the events that follow the one matched last, where their like is known. */
  running(view: DataView): ChunkTemplate | undefined {
    const running = this.#running
    if (running === undefined) return undefined
    const first = this.#holes.length - running.rest.length
    return running.behind(new Literal(view, this.#start, this.#places[first * 2]!))
  }

  #close(hole: Hole, bytes: Uint8Array, start: number): number {
    if (hole === 'id') return plainEnd(bytes, start)
    if (hole === 'created') return this.#readCreated(bytes, start)
    return stringClose(bytes, start)
  }

  #readCreated(bytes: Uint8Array, start: number): number {
    let created = 0
    let at = start
    for (; bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) created = created * 10 + bytes[at]! - 0x30
    this.#created = created
    return at === start || at - start > 15 || bytes[start] === 0x30 ? -1 : at
  }
}

/** Whether a template is the shape from a string on that comes after id and time, so that what is before that is all that streams differ in. */
function endsAlike(holes: readonly Hole[], literals: readonly Literal[], { rest }: ChunkTemplate): boolean {
  const first = holes.length - rest.length
  return (
    holes.indexOf('id') < first &&
    holes.indexOf('created') < first &&
    rest.every((literal, index) => literal.length === literals[first + index + 1]!.length)
  )
}

/** The quote that closes a string of plain characters, at least one; -1 where it holds others. */
function plainEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at]! > 0x22 && bytes[at]! < 0x80 && bytes[at] !== BACKSLASH) at++
  return at > start && bytes[at] === 0x22 ? at : -1
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) !== bytes[start + at]) return false
  return true
}
