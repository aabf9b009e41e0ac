/** Finds where a JSON object ends that arrives in pieces, looking at each character once. */
export class ObjectEnd {
  #depth = 0
  #isString = false
  #isEscaped = false
  #isOther = false
  /** Whether an object is complete with what has come so far. */
  isReached = false

  /** Takes the next piece. Text that does not begin an object never reaches an end. */
  push(text: string): void {
    if (this.isReached || this.#isOther) return
    for (let at = 0; at < text.length; at++) {
      const character = text[at]!
      if (this.#isEscaped) this.#isEscaped = false
      else if (this.#isString) {
        if (character === '\\') this.#isEscaped = true
        else if (character === '"') this.#isString = false
      } else if (character === '{') this.#depth++
      else if (this.#depth === 0) {
        if (character.trim() === '') continue
        this.#isOther = true
        return
      } else if (character === '"') this.#isString = true
      else if (character === '}' && --this.#depth === 0) {
        this.isReached = true
        return
      }
    }
  }
}

/** Returns whether a text is an object from its beginning to its end. */
export function isWholeObject(text: string): boolean {
  const end = new ObjectEnd()
  end.push(text)
  return end.isReached
}
