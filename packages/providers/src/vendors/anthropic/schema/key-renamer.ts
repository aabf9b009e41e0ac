/** A key that has not ended after so many characters of earlier pieces is none of ours. */
const LONGEST_HELD = 1024

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Renames the keys of a JSON text that comes in pieces, cut anywhere. What is no key leaves at
 * once and unchanged, blanks and broken ends included; a key is held until it ends. Takes time
 * in proportion to the text, and no recursion.
 */
export class KeyRenamer {
  readonly #names: ReadonlyMap<string, string>
  /** For each open container whether it is an object. */
  readonly #open: boolean[] = []
  #held = ''
  #inString = false
  #isKey = false
  #escaped = false
  #wantsKey = false

  /** @param names New names by the old ones; other keys stay. */
  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names
  }

  /** Gives what can leave of the text so far. */
  push(piece: string): string {
    let out = ''
    let from = 0
    let keyAt = 0
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at)
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (code === BACKSLASH) this.#escaped = true
        else if (code === QUOTE) {
          this.#inString = false
          if (!this.#isKey) continue
          out += piece.slice(from, keyAt) + this.#renamed(this.#held + piece.slice(keyAt, at + 1))
          this.#held = ''
          from = at + 1
        }
      } else if (code === QUOTE) {
        this.#inString = true
        this.#isKey = this.#wantsKey
        this.#wantsKey = false
        keyAt = at
      } else this.#enter(code)
    }
    if (!this.#inString || !this.#isKey) return out + piece.slice(from)
    out += piece.slice(from, keyAt)
    this.#held += piece.slice(keyAt)
    if (this.#held.length <= LONGEST_HELD) return out
    this.#isKey = false
    return out + this.end()
  }

  /** Gives what is still held of a text that broke off. */
  end(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  #enter(code: number): void {
    switch (code) {
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#wantsKey = code === OPEN_OBJECT
        this.#open.push(this.#wantsKey)
        break
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#wantsKey = false
        this.#open.pop()
        break
      case COMMA:
        this.#wantsKey = this.#open.at(-1) === true
        break
      default:
    }
  }

  #renamed(quoted: string): string {
    const name = this.#names.get(unquoted(quoted))
    return name === undefined ? quoted : JSON.stringify(name)
  }
}

/** Renames the keys of a whole JSON text. */
export function renameKeys(text: string, names: ReadonlyMap<string, string>): string {
  const renamer = new KeyRenamer(names)
  return renamer.push(text) + renamer.end()
}

function unquoted(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted
  }
}
