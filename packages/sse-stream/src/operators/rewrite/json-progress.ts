/**
 * Follows JSON text that arrives in pieces, just closely enough to say whether its object or list
 * has been closed and whether the place reached stands inside a string. It checks nothing else.
 */
export class JsonProgress {
  #depth = 0
  #isEscaped = false
  /** Whether the next character would belong to a string. */
  isInString = false
  /** Whether the outermost object or list has been closed. */
  isComplete = false

  push(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (this.isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (code === 0x5c) this.#isEscaped = true
        else if (code === 0x22) this.isInString = false
      } else if (code === 0x22) this.isInString = true
      else if (code === 0x7b || code === 0x5b) this.#depth++
      else if ((code === 0x7d || code === 0x5d) && --this.#depth === 0) this.isComplete = true
    }
  }
}
