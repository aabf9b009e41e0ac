import { findString } from '@sluice/core'
import { onlyStringNamed, stringClose } from './json-places.ts'
import { Literal } from './literal.ts'

const encoder = new TextEncoder()

/** A string that an event hands on as it is: where it stands in the vendor's event, and where in the chunk that we write. */
export interface VerbatimString {
  readonly from: readonly (string | number)[]
  readonly to: readonly (string | number)[]
}

/**
 * The shape of a stream's running event: everything but a few strings stays the same from one to the next. An event that fits needs no
 * parsing to be known as valid and to be rewritten: its strings, escapes and all, are carried over as they stand.
 */
export class ChunkTemplate {
  readonly #input: readonly Literal[]
  /** What stands behind a run of spaces at the end, where the vendor pads its events with them. */
  readonly #tail: Literal | undefined
  readonly #output: readonly Uint8Array[]
  /** Whether input and output are the same bytes. */
  readonly isIdentity: boolean
  /** Which of the holes is the text, and the chunk around it. */
  readonly #chunk: Readonly<Record<string, unknown>>
  readonly #holes: number[]
  readonly #textPath: readonly (string | number)[]
  readonly textIndex: number
  /** Whether the text is what the first choice says. */
  readonly isContent: boolean

  private constructor(
    input: readonly Literal[],
    output: readonly Uint8Array[],
    isIdentity: boolean,
    chunk: Readonly<Record<string, unknown>>,
    textPath: readonly (string | number)[],
    textIndex: number,
    tail?: Literal,
  ) {
    this.#input = input
    this.#tail = tail
    this.#output = output
    this.isIdentity = isIdentity
    this.#chunk = chunk
    this.#holes = Array.from({ length: (input.length - 1) * 2 }, () => 0)
    this.#textPath = textPath
    this.textIndex = textIndex
    const [choice] = (chunk as { choices?: { index?: number }[] }).choices ?? []
    this.isContent = textPath.join() === 'choices,0,delta,content' && choice?.index === 0
  }

  /**
   * Learns the shape from an event that goes on as it came: `event` holds the bytes of `block`. Gives `undefined` where the strings do not stand in it
   * in the plainest way, each key once.
   */
  static learnOwn(
    event: Uint8Array,
    block: string,
    chunk: Readonly<Record<string, unknown>>,
    strings: readonly VerbatimString[],
  ): ChunkTemplate | undefined {
    // Only where each character is a byte does a place in the text tell the place in the bytes.
    if (event.length !== block.length) return undefined
    const starts: number[] = []
    for (const { from, to } of strings) {
      if (!isString(chunk, to)) continue
      const start = from.at(-1) === to.at(-1) ? onlyStringNamed(block, String(to.at(-1))) : -1
      if (start < 0) return undefined
      starts.push(start)
    }
    if (!isString(chunk, strings[0]!.to)) return undefined
    const textStart = starts[0]!
    starts.sort((a, b) => a - b)
    const own = event.slice()
    const literals: Uint8Array[] = []
    let at = 0
    for (const start of starts) {
      literals.push(own.subarray(at, start))
      at = stringClose(own, start)
      if (at < 0) return undefined
    }
    literals.push(own.subarray(at))
    const input = literals.map((bytes) => new Literal(bytes))
    return new ChunkTemplate(input, literals, true, chunk, strings[0]!.to, starts.indexOf(textStart))
  }

  /**
   * Learns the shape from one event (`block` with its `data`) and the frame that it became. Gives `undefined` where the strings do not
   * stand in both, or in another order; then events go on being parsed.
   */
  static learn(
    block: string,
    data: string,
    frame: string,
    chunk: Readonly<Record<string, unknown>>,
    strings: readonly VerbatimString[],
  ): ChunkTemplate | undefined {
    const offset = block.indexOf(data)
    if (offset < 0) return undefined
    const input = cut(
      data,
      block.slice(0, offset),
      block.slice(offset + data.length),
      strings.map((one) => one.from),
    )
    if (input === undefined || !input.present.includes(0)) return undefined
    // Mostly both are the same text, and the strings stand at the same places.
    const output =
      frame === block && strings.every((one) => one.from === one.to || one.from.join() === one.to.join())
        ? input
        : cut(
            frame.slice(6, -2),
            'data: ',
            '\n\n',
            strings.map((one) => one.to),
          )
    if (output === undefined || input.present.join() !== output.present.join()) return undefined
    const textIndex = input.present.indexOf(0)
    const isIdentity =
      input === output || input.literals.every((literal, index) => sameBytes(literal, output.literals[index]!))
    // Anthropic pads its events with spaces before the last brace, so that their length says nothing of the text.
    const last = input.literals.at(-1)!
    const padding = isIdentity ? -1 : last.indexOf(0x20)
    const behind = padding < 0 ? 0 : skipSpaces(last, padding)
    const literals = padding < 0 ? input.literals : [...input.literals.slice(0, -1), last.slice(0, padding)]
    return new ChunkTemplate(
      literals.map((bytes) => new Literal(bytes)),
      output.literals,
      isIdentity,
      chunk,
      strings[0]!.to,
      textIndex,
      padding < 0 ? undefined : new Literal(last.slice(behind)),
    )
  }

  /** The same shape, read off the frames that we write; for batches that are looked at later. */
  get ofOutput(): ChunkTemplate {
    if (this.isIdentity) return this
    return new ChunkTemplate(
      this.#output.map((bytes) => new Literal(bytes)),
      this.#output,
      true,
      this.#chunk,
      this.#textPath,
      this.textIndex,
    )
  }

  /** The offset behind the event at `at` where it fits this shape, else -1. The strings found are kept until the next call. */
  match(view: DataView, bytes: Uint8Array, at: number): number {
    const literals = this.#input
    let position = at
    for (let index = 0; ; index++) {
      const literal = literals[index]!
      if (!literal.standsAt(view, bytes, position)) return -1
      position += literal.bytes.length
      if (index === literals.length - 1)
        return this.#tail === undefined ? position : this.#matchTail(view, bytes, position)
      const close = stringClose(bytes, position)
      if (close < 0) return -1
      this.#holes[index * 2] = position
      this.#holes[index * 2 + 1] = close
      position = close
    }
  }

  #matchTail(view: DataView, bytes: Uint8Array, at: number): number {
    const position = skipSpaces(bytes, at)
    return this.#tail!.standsAt(view, bytes, position) ? position + this.#tail!.bytes.length : -1
  }

  /** Bounds of the text in the event matched last. */
  get textStart(): number {
    return this.#holes[this.textIndex * 2]!
  }

  get textEnd(): number {
    return this.#holes[this.textIndex * 2 + 1]!
  }

  /** Length of the frame for the event matched last. */
  get frameLength(): number {
    let length = 0
    for (const literal of this.#output) length += literal.length
    for (let index = 0; index < this.#holes.length; index += 2) length += this.#holes[index + 1]! - this.#holes[index]!
    return length
  }

  /** Writes the frame for the event matched last; returns the offset behind it. */
  write(source: Uint8Array, target: Uint8Array, at: number): number {
    let position = at
    for (let index = 0; index < this.#output.length; index++) {
      const literal = this.#output[index]!
      target.set(literal, position)
      position += literal.length
      if (index * 2 < this.#holes.length) {
        const end = this.#holes[index * 2 + 1]!
        for (let from = this.#holes[index * 2]!; from < end; from++) target[position++] = source[from]!
      }
    }
    return position
  }

  /** The chunk for the event matched last, built around its text without parsing the rest. Only where the text is the sole hole. */
  chunkOf(text: string): Record<string, unknown> | undefined {
    if (this.#holes.length !== 2) return undefined
    return replaceAt(this.#chunk, this.#textPath, 0, text) as Record<string, unknown>
  }
}

function isString(value: unknown, path: readonly (string | number)[]): boolean {
  let found = value
  for (const step of path) found = (found as Readonly<Record<string | number, unknown>> | undefined)?.[step]
  return typeof found === 'string'
}

function replaceAt(value: unknown, path: readonly (string | number)[], depth: number, text: string): unknown {
  if (depth === path.length) return text
  const step = path[depth]!
  if (typeof step === 'number') {
    const copy = (value as readonly unknown[]).slice()
    copy[step] = replaceAt(copy[step], path, depth + 1, text)
    return copy
  }
  const copy = { ...(value as Record<string, unknown>) }
  copy[step] = replaceAt(copy[step], path, depth + 1, text)
  return copy
}

function cut(
  json: string,
  before: string,
  after: string,
  paths: readonly (readonly (string | number)[])[],
): { literals: Uint8Array[]; present: number[] } | undefined {
  const bytes = encoder.encode(json)
  const holes = paths
    // Most events lack most of the strings; a look for the key's name costs less than a walk.
    .map((path, which) => ({ which, found: json.includes(`"${path.at(-1)!}"`) ? findString(bytes, path) : undefined }))
    .filter((hole) => hole.found !== undefined)
    .sort((a, b) => a.found!.start - b.found!.start)
  const literals: Uint8Array[] = []
  let from = 0
  for (const { found } of holes) {
    if (found!.start < from) return undefined
    literals.push(bytes.subarray(from, found!.start))
    from = found!.end
  }
  literals.push(bytes.subarray(from))
  literals[0] = joined(encoder.encode(before), literals[0]!)
  literals[literals.length - 1] = joined(literals.at(-1)!, encoder.encode(after))
  return { literals, present: holes.map((hole) => hole.which) }
}

function skipSpaces(bytes: Uint8Array, at: number): number {
  let position = at
  while (bytes[position] === 0x20) position++
  return position
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
