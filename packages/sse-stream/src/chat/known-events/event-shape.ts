import type { AssemblerStanding, ChunkAssembler } from '../chunk-assembler.ts'
import { saysSomething } from '../choice-state.ts'
import type { ChatDelta } from '../chat-decoder.ts'
import { concatBytes } from '../../bytes/concat.ts'
import { onlyStringNamed, stringClose } from '../../bytes/json-string.ts'
import type { LearnedTemplate } from '../../template/learn-template.ts'
import { Literal } from '../../bytes/byte-literal.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

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
  /** What became of it, where it did not go on as it came. */
  readonly frame: string | undefined
  /** What its stream learned from it for the events that follow it. */
  readonly running: LearnedTemplate | undefined
}

interface Place {
  readonly hole: Hole
  readonly start: number
  readonly end: number
}

/**
 * The shape of an event that begins, runs or ends streams: those of one provider have all but id,
 * time and text in common.
 */
export class EventShape {
  readonly standing: AssemblerStanding
  /** Whether its choice ends with it. */
  readonly finishes: boolean
  readonly #model: string
  /** Whether it says something beside its text. */
  readonly #speaks: boolean
  readonly #thinks: boolean
  readonly #holes: readonly Hole[]
  readonly #literals: readonly Literal[]
  /**
   * What stands around the holes in the frame that the event becomes, where it does not go on as it
   * came.
   */
  readonly #output: readonly Uint8Array[] | undefined
  readonly #running: LearnedTemplate | undefined
  /** Bounds of the holes found last, and of the event, and when it was made. */
  readonly #places: number[] = []
  #start = 0
  #end = 0
  #created = 0

  private constructor(
    learned: LearnedEvent,
    holes: readonly Hole[],
    literals: readonly Literal[],
    output: readonly Uint8Array[] | undefined,
  ) {
    const { standing, delta, running } = learned
    this.standing = standing
    this.finishes = delta.finishReason !== undefined
    this.#model = delta.model!
    this.#speaks = saysSomething({ ...delta.delta, content: '' })
    this.#thinks = Boolean(delta.delta?.reasoning_content)
    this.#holes = holes
    this.#literals = literals
    this.#output = output
    this.#running =
      running !== undefined && endsAlike(holes, literals, output, running) ? running : undefined
  }

  static learn(learned: LearnedEvent): EventShape | undefined {
    const { block, bytes, delta, frame } = learned
    // Only where each character is a byte does a place in the text tell the place in the bytes.
    if (bytes.length !== block.length || delta.index !== 0 || !delta.model || delta.end === true)
      return undefined
    if (
      delta.delta?.tool_calls !== undefined ||
      delta.delta?.['function_call'] !== undefined ||
      delta.usage !== undefined ||
      delta.error !== undefined
    )
      return undefined
    // An end with words is told in two chunks, and one that begins an answer may turn out to be
    // none.
    const ends = delta.finishReason !== undefined
    if (
      delta.isWhole === true ||
      (ends && (learned.standing !== 'running' || saysSomething(delta.delta ?? {})))
    )
      return undefined
    const places: Place[] = []
    for (const hole of STRINGS) {
      const start = onlyStringNamed(block, hole)
      const end = start < 0 ? -1 : stringClose(bytes, start)
      if (end >= 0) places.push({ hole, start, end })
    }
    const start = onlyBehind(block, CREATED)
    const digits = start < 0 ? undefined : /^[1-9]\d{0,14}/.exec(block.slice(start))?.[0]
    if (digits === undefined) return undefined
    places.push({ hole: 'created', start, end: start + digits.length })
    const hasText = places.some(({ hole }) => hole === 'content')
    if (
      !places.some(({ hole }) => hole === 'id') ||
      hasText !== (typeof delta.delta?.content === 'string')
    )
      return undefined
    places.sort((a, b) => a.start - b.start)
    const output = frame === undefined ? undefined : around(places, block, frame)
    if (frame !== undefined && output === undefined) return undefined
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
      output,
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
  fits(assembler: ChunkAssembler, bytes: Uint8Array): boolean {
    if (this.finishes && this.hasText) return false
    if (this.standing === 'new') return true
    const { id, created, model } = assembler.envelope!
    const at = this.#holes.indexOf('id') * 2
    return (
      created === this.#created &&
      model === this.#model &&
      isText(id, bytes, this.#places[at]!, this.#places[at + 1]!)
    )
  }

  /** Does with the event matched last what reading it would do. Gives the offset behind it. */
  apply(assembler: ChunkAssembler, bytes: Uint8Array): number {
    if (this.standing === 'new') {
      const at = this.#holes.indexOf('id') * 2
      const id = decoder.decode(bytes.subarray(this.#places[at], this.#places[at + 1]))
      assembler.open({ id, created: this.#created, model: this.#model })
    }
    if (!this.finishes) assembler.pass(this.hasText, this.#thinks, this.#speaks)
    return this.#end
  }

  /** Whether the event matched last has words in its text. */
  get hasText(): boolean {
    const text = this.#holes.indexOf('content') * 2
    return text >= 0 && this.#places[text + 1]! > this.#places[text]!
  }

  /** The frame of the event matched last; `undefined` where it goes on as it came. */
  frame(bytes: Uint8Array): Uint8Array | undefined {
    return this.#output === undefined ? undefined : this.#frameTo(this.#output.length - 1, bytes)
  }

  /** That frame as far as the hole of this number. */
  #frameTo(last: number, bytes: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = []
    for (let index = 0; index <= last; index++) {
      parts.push(this.#output![index]!)
      if (index < last)
        parts.push(bytes.subarray(this.#places[index * 2], this.#places[index * 2 + 1]))
    }
    return concatBytes(parts)
  }

  /** The shape of the events that follow the one matched last, where their like is known. */
  running(view: DataView, bytes: Uint8Array): LearnedTemplate | undefined {
    if (this.#running === undefined) return undefined
    const { template, ofOutput } = this.#running
    const first = this.#holes.length - template.rest.length
    const prefix = new Literal(view, this.#start, this.#places[first * 2]!)
    if (this.#output === undefined) {
      const own = template.behind(prefix)
      return { template: own, ofOutput: own }
    }
    const framePrefix = this.#frameTo(first, bytes)
    return {
      template: template.behind(prefix, framePrefix),
      ofOutput: ofOutput.behind(Literal.of(framePrefix)),
    }
  }

  #close(hole: Hole, bytes: Uint8Array, start: number): number {
    if (hole === 'id') return plainEnd(bytes, start)
    if (hole === 'created') return this.#readCreated(bytes, start)
    return stringClose(bytes, start)
  }

  #readCreated(bytes: Uint8Array, start: number): number {
    let created = 0
    let at = start
    for (; bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++)
      created = created * 10 + bytes[at]! - 0x30
    this.#created = created
    return at === start || at - start > 15 || bytes[start] === 0x30 ? -1 : at
  }
}

/**
 * What stands around the holes of an event in its frame; `undefined` where they do not stand there
 * in the same order, each once.
 */
function around(places: readonly Place[], block: string, frame: string): Uint8Array[] | undefined {
  const output: Uint8Array[] = []
  let from = 0
  for (const { hole, start, end } of places) {
    const at = hole === 'created' ? onlyBehind(frame, CREATED) : onlyStringNamed(frame, hole)
    const what = block.slice(start, end)
    const close = at + what.length
    if (at < from || !frame.startsWith(what, at) || frame[close] !== block[end]) return undefined
    output.push(encoder.encode(frame.slice(from, at)))
    from = close
  }
  output.push(encoder.encode(frame.slice(from)))
  return output
}

function onlyBehind(text: string, key: string): number {
  const at = text.indexOf(key)
  return at < 0 || text.indexOf(key, at + 1) >= 0 ? -1 : at + key.length
}

/**
 * Whether a template is the shape from a string on that comes after id and time, so that what is
 * before that is all that streams differ in.
 */
function endsAlike(
  holes: readonly Hole[],
  literals: readonly Literal[],
  output: readonly Uint8Array[] | undefined,
  { template, ofOutput }: LearnedTemplate,
): boolean {
  const { rest, isIdentity } = template
  const first = holes.length - rest.length
  return (
    isIdentity === (output === undefined) &&
    holes.indexOf('id') < first &&
    holes.indexOf('created') < first &&
    rest.every((literal, index) => literal.length === literals[first + index + 1]!.length) &&
    (output === undefined ||
      ofOutput.rest.every((literal, index) => literal.length === output[first + index + 1]!.length))
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
  for (let at = 0; at < text.length; at++)
    if (text.charCodeAt(at) !== bytes[start + at]) return false
  return true
}
