const HELD = /\\(?:u[0-9A-Fa-f]{0,3})?$/
const ESCAPES = /\\(?:u([0-9A-Fa-f]{4})|(.))/g

/**
 * JSON text in pieces, with its needless escapes undone: `\u0034` becomes `4` and `\/` becomes `/`,
 * so that a pattern finds what a program would read. It means the same; what has to be escaped
 * stays so, and surrogates too.
 */
export class PlainJson {
  #held = ''

  push(text: string): string {
    const whole = this.#held + text
    const held = this.#heldFrom(whole)
    this.#held = whole.slice(held)
    return undo(whole.slice(0, held))
  }

  /** What was held back: half an escape, where the text broke off. */
  end(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  #heldFrom(text: string): number {
    const at = HELD.exec(text)?.index
    if (at === undefined) return text.length
    // An even number of backslashes before it: this one begins an escape. An odd one: it is escaped
    // itself.
    let before = at
    while (before > 0 && text[before - 1] === '\\') before--
    return (at - before) % 2 === 0 ? at : text.length
  }
}

function undo(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(ESCAPES, (escape, code?: string, character?: string) => {
    if (code === undefined) return character === '/' ? '/' : escape
    const value = Number.parseInt(code, 16)
    const isNeeded =
      value < 0x20 || value === 0x22 || value === 0x5c || (value >= 0xd800 && value < 0xe000)
    return isNeeded ? escape : String.fromCharCode(value)
  })
}
