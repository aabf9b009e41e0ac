import { wordTable } from '@sluice/core/internal'

/** Longer than what stands in front of the input, blanks and all. */
const MAX_HEAD = 64
const HEAD = /^\s*\{\s*"input"\s*:\s*"/
const HIGH_SURROGATE = /[\uD800-\uDBFF]$/

const ESCAPES = wordTable<string>({
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})

/**
 * Reads the input of a custom tool out of the arguments of the function that stands in for it,
 * while they come in pieces: `{"input":"…"}`. Line ends and unknown escapes that are no JSON count
 * as what they are. What has another form is read at the end: one text among its members, else the
 * arguments as they stand.
 */
export class InputText {
  #state: 'before' | 'inside' | 'behind' | 'other' = 'before'
  /** All pieces, as long as the input has not begun. */
  #arguments = ''
  /** An escape, or half a character, of which more is to come. */
  #rest = ''

  /** The characters of the input that one more piece brings. */
  push(piece: string): string {
    if (this.#state === 'behind') return ''
    if (this.#state === 'inside') return this.#read(piece)
    this.#arguments += piece
    if (this.#state === 'other') return ''
    const head = HEAD.exec(this.#arguments)
    if (head === null) {
      if (this.#arguments.length > MAX_HEAD) this.#state = 'other'
      return ''
    }
    this.#state = 'inside'
    return this.#read(this.#arguments.slice(head[0].length))
  }

  /** What of the input is still to be told at the end. Of arguments cut off: nothing. */
  end(isWhole: boolean): string {
    if (this.#state === 'inside') return isWhole ? lastOf(this.#rest) : ''
    if (this.#state === 'behind' || !isWhole) return ''
    return inputIn(this.#arguments)
  }

  #read(piece: string): string {
    const text = this.#rest + piece
    this.#rest = ''
    let read = ''
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === 0x22) {
        this.#state = 'behind'
        return read + text.slice(from, at)
      }
      if (code !== 0x5c) continue
      read += text.slice(from, at)
      const isNumber = text[at + 1] === 'u'
      const end = at + (isNumber ? 6 : 2)
      if (end > text.length) {
        this.#rest = text.slice(at)
        return this.#holdHalf(read)
      }
      read += unescaped(text.slice(at, end))
      from = end
      at = end - 1
    }
    return this.#holdHalf(read + text.slice(from))
  }

  /** Half a character goes out with its other half. */
  #holdHalf(read: string): string {
    if (!HIGH_SURROGATE.test(read)) return read
    this.#rest = `\\u${read.charCodeAt(read.length - 1).toString(16)}${this.#rest}`
    return read.slice(0, -1)
  }
}

function lastOf(rest: string): string {
  return rest.length === 6 ? unescaped(rest) : rest
}

function unescaped(escape: string): string {
  const kind = escape[1]!
  if (kind !== 'u') return ESCAPES.get(kind) ?? kind
  const code = Number.parseInt(escape.slice(2), 16)
  return /^[0-9a-fA-F]{4}$/.test(escape.slice(2)) ? String.fromCharCode(code) : escape
}

function inputIn(text: string): string {
  if (text.trim() === '') return ''
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'string') return value
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return text
    if ('input' in value && typeof value.input === 'string') return value.input
    const members: unknown[] = Object.values(value)
    if (members.length === 0) return ''
    return members.length === 1 && typeof members[0] === 'string' ? members[0] : text
  } catch {
    return text
  }
}
