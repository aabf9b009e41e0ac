import { findString, scanMembers, type CompletionUsage } from '@sluice/core'
import { stringClose } from './json-places.ts'
import { Literal } from './literal.ts'
import { normaliseUsage } from './normalise-usage.ts'
import { RecentShapes } from './recent-shapes.ts'

/**
 * The whole chat answers of one provider, remembered by their shape: most differ in id, time, text and usage alone. One that fits is known to be JSON and to need no
 * change, as the one was that the shape was learned from; of all that parsing would make, only its usage is made.
 */
export class KnownDocuments {
  readonly #recent = new RecentShapes<DocumentShape>()

  /** The usage of a document that fits, which says that it does. */
  find(bytes: Uint8Array): CompletionUsage | undefined {
    const { shapes } = this.#recent
    if (shapes.length === 0) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (const shape of shapes) {
      const usage = shape.match(view, bytes)
      if (usage === undefined) continue
      this.#recent.fitted()
      return usage
    }
    return undefined
  }

  /** Remembers a completion that went on as it came, in `bytes` that were parsed, with one choice and `usage`. */
  learn(bytes: Uint8Array, usage: CompletionUsage): void {
    if (!this.#recent.isLearning) return
    const shape = DocumentShape.learn(bytes, usage)
    if (shape !== undefined) this.#recent.add(shape)
  }
}

/** Where something stands that differs: a string's content, or a number, and which one of the usage. */
interface Hole {
  readonly start: number
  readonly end: number
  readonly isString: boolean
  readonly usage?: readonly string[]
}

class DocumentShape {
  readonly #usage: CompletionUsage
  readonly #holes: readonly Hole[]
  readonly #literals: readonly Literal[]

  private constructor(usage: CompletionUsage, holes: readonly Hole[], literals: readonly Literal[]) {
    this.#usage = usage
    this.#holes = holes
    this.#literals = literals
  }

  static learn(bytes: Uint8Array, usage: CompletionUsage): DocumentShape | undefined {
    const holes = holesOf(bytes)
    if (holes === undefined) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const literals: Literal[] = []
    let from = 0
    for (const { start, end } of holes) {
      if (start < from) return undefined
      literals.push(new Literal(view, from, start))
      from = end
    }
    literals.push(new Literal(view, from, bytes.length))
    return new DocumentShape(usage, holes, literals)
  }

  match(view: DataView, bytes: Uint8Array): CompletionUsage | undefined {
    const { length } = bytes
    const holes = this.#holes
    let usage: Record<string, unknown> | undefined
    let position = 0
    for (let index = 0; index < this.#literals.length; index++) {
      const literal = this.#literals[index]!
      if (!literal.standsAt(view, position, length)) return undefined
      position += literal.length
      if (index === holes.length) break
      const hole = holes[index]!
      const end = hole.isString ? stringClose(bytes, position, view) : digitsEnd(bytes, position)
      // An id or a text of nothing, and a time of 0, are for the parser to judge.
      if (end <= position || (!hole.isString && hole.usage === undefined && bytes[position] === 0x30)) return undefined
      if (hole.usage !== undefined)
        usage = withCount(usage ?? { ...this.#usage }, this.#usage, hole.usage, bytes, position, end)
      position = end
    }
    if (position !== length || usage === undefined) return undefined
    // What does not add up would be put right, and the document with it.
    return normaliseUsage(usage) === (usage as unknown) ? (usage as unknown as CompletionUsage) : undefined
  }
}

/** The places that differ, in their order; `undefined` where the document is not of the common kind, or says something twice. */
function holesOf(bytes: Uint8Array): Hole[] | undefined {
  const holes: Hole[] = []
  const seen = new Set<string>()
  let isPlain = true
  const members = (
    at: number,
    path: readonly string[],
    onMember: (name: string, start: number, end: number) => void,
  ) => {
    scanMembers(bytes, at, (keyStart, keyEnd, start, end) => {
      const name = latin1(bytes, keyStart, keyEnd)
      const whole = [...path, name].join('/')
      isPlain &&= !seen.has(whole) && !name.includes('\\') && !name.includes('/')
      seen.add(whole)
      onMember(name, start, end)
    })
  }
  const count = (path: readonly string[], start: number, end: number) => {
    if (isDigit(bytes[start]) && digitsEnd(bytes, start) === end)
      holes.push({ start, end, isString: false, usage: path })
  }
  members(0, [], (name, start, end) => {
    if (name === 'id') holes.push({ start: start + 1, end: end - 1, isString: true })
    else if (name === 'created') holes.push({ start, end, isString: false })
    else if (name === 'usage') {
      members(start, ['usage'], (part, from, to) => {
        count([part], from, to)
        if (bytes[from] === 0x7b) members(from, ['usage', part], (detail, a, b) => count([part, detail], a, b))
      })
    }
  })
  const text = findString(bytes, ['choices', 0, 'message', 'content'])
  if (!isPlain || text === undefined) return undefined
  holes.push({ ...text, isString: true })
  return holes.sort((a, b) => a.start - b.start)
}

function withCount(
  usage: Record<string, unknown>,
  learned: Readonly<Record<string, unknown>>,
  path: readonly string[],
  bytes: Uint8Array,
  start: number,
  end: number,
): Record<string, unknown> {
  let count = 0
  for (let at = start; at < end; at++) count = count * 10 + bytes[at]! - 0x30
  const [name, detail] = path
  if (detail === undefined) usage[name!] = count
  else {
    if (usage[name!] === learned[name!]) usage[name!] = { ...(learned[name!] as Record<string, unknown>) }
    ;(usage[name!] as Record<string, unknown>)[detail] = count
  }
  return usage
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

/** Behind a whole number of at most 15 digits; -1 where there is none, or one with a leading zero. */
function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at])) at++
  return at === start || at - start > 15 || (bytes[start] === 0x30 && at - start > 1) ? -1 : at
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!)
  return text
}
