import { stringClose } from '../bytes/json-string.ts'
import type { Literal } from '../bytes/byte-literal.ts'

/** Where something stands in a JSON document. */
export type JsonPath = readonly (string | number)[]

/**
 * A string that an event hands on as it is: where it stands in the vendor's event, and where in the
 * chunk that we write.
 */
export interface CopiedString {
  readonly from: JsonPath
  readonly to: JsonPath
}

/** Which of a template's strings is the text, and what it is to the chunk. */
export interface TemplateText {
  readonly index: number
  readonly path: JsonPath
  /** Whether it is what the first choice says. */
  readonly isContent: boolean
}

/** What an event becomes where it does not go on as it came. */
export interface TemplateRewrite {
  /** Our frame around the strings. */
  readonly output: readonly Uint8Array[]
  /** What stands behind a run of spaces at the end, where the vendor pads its events with them. */
  readonly tail: Literal | undefined
}

/**
 * The shape of a stream's running event: everything but a few strings stays the same from one to
 * the next. An event that fits needs no parsing to be known as valid and to be rewritten: its
 * strings, escapes and all, are carried over as they stand.
 */
export class EventTemplate {
  readonly prefix: Literal
  /** What stands behind each of the strings. */
  readonly rest: readonly Literal[]
  /** Bytes that each of the vendor's events has. */
  readonly fixedLength: number
  readonly #text: TemplateText
  readonly #rewrite: TemplateRewrite | undefined
  /**
   * Bounds of the strings found last, as pairs of offsets. Begun with one, which is all that most
   * have: an empty array would grow to room for seventeen numbers.
   */
  readonly holes = [0, 0]
  #chunk: Readonly<Record<string, unknown>> | undefined

  constructor(
    prefix: Literal,
    rest: readonly Literal[],
    text: TemplateText,
    rewrite?: TemplateRewrite,
  ) {
    this.prefix = prefix
    this.rest = rest
    this.fixedLength = rest.reduce((length, literal) => length + literal.length, prefix.length)
    this.#text = text
    this.#rewrite = rewrite
  }

  /**
   * The same shape in a stream whose events begin otherwise, and so do the frames that they become.
   */
  behind(prefix: Literal, framePrefix?: Uint8Array): EventTemplate {
    const { output, tail } = this.#rewrite ?? {}
    const rewrite =
      output === undefined || framePrefix === undefined
        ? undefined
        : { output: [framePrefix, ...output.slice(1)], tail }
    return new EventTemplate(prefix, this.rest, this.#text, rewrite)
  }

  /** Whether events go on as they come. */
  get isIdentity(): boolean {
    return this.#rewrite === undefined
  }

  /** Whether the text is what the first choice says. */
  get isContent(): boolean {
    return this.#text.isContent
  }

  /**
   * The offset behind the event at `at` where it fits this shape, else -1. The strings found are
   * kept until the next call.
   */
  match(view: DataView, bytes: Uint8Array, at: number): number {
    const end = bytes.length
    const { prefix, rest } = this
    if (!prefix.standsAt(view, at, end)) return -1
    const holes = this.holes
    let position = at + prefix.length
    for (let index = 0; index < rest.length; index++) {
      const literal = rest[index]!
      const close = stringClose(bytes, position)
      if (close < 0 || !literal.standsAt(view, close, end)) return -1
      holes[index * 2] = position
      holes[index * 2 + 1] = close
      position = close + literal.length
    }
    return this.#rewrite?.tail === undefined
      ? position
      : matchTail(this.#rewrite.tail, view, bytes, position)
  }

  /** Bounds of the text in the event matched last. */
  get textStart(): number {
    return this.holes[this.#text.index * 2]!
  }

  get textEnd(): number {
    return this.holes[this.#text.index * 2 + 1]!
  }

  /** Length of the frame for the event matched last, where it does not go on as it came. */
  get frameLength(): number {
    let length = 0
    for (const literal of this.#rewrite!.output) length += literal.length
    for (let index = 0; index < this.holes.length; index += 2)
      length += this.holes[index + 1]! - this.holes[index]!
    return length
  }

  /** Writes that frame; returns the offset behind it. */
  write(source: Uint8Array, target: Uint8Array, at: number): number {
    const { output } = this.#rewrite!
    let position = at
    for (let index = 0; index < output.length; index++) {
      const literal = output[index]!
      target.set(literal, position)
      position += literal.length
      if (index * 2 < this.holes.length) {
        const end = this.holes[index * 2 + 1]!
        for (let from = this.holes[index * 2]!; from < end; from++)
          target[position++] = source[from]!
      }
    }
    return position
  }

  /**
   * The chunk for the event matched last, built around its text without parsing the rest. The first
   * of its kind is parsed, by `parse`, and so are all where the text is not the only string that
   * changes.
   */
  chunkOf(
    text: string,
    parse: () => Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>> {
    if (this.rest.length > 1) return parse()
    if (this.#chunk === undefined) return (this.#chunk = parse())
    return replaceAt(this.#chunk, this.#text.path, 0, text) as Record<string, unknown>
  }
}

function matchTail(tail: Literal, view: DataView, bytes: Uint8Array, at: number): number {
  const position = skipSpaces(bytes, at)
  return tail.standsAt(view, position, bytes.length) ? position + tail.length : -1
}

/** The offset of the first byte from `at` on that is not a space. */
export function skipSpaces(bytes: Uint8Array, at: number): number {
  let position = at
  while (bytes[position] === 0x20) position++
  return position
}

function replaceAt(value: unknown, path: JsonPath, depth: number, text: string): unknown {
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
