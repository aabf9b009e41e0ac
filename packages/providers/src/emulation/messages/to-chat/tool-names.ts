/** Chat vendors take names of so many characters; Anthropic takes twice as many. */
const MAX_NAME = 64
const FITS = /^[\w-]{1,64}$/

/** Shortens names that chat vendors refuse, and gives them back in calls. */
export class ToolNames {
  readonly #own = new Map<string, string>()
  readonly #short = new Map<string, string>()

  toChat(name: string): string {
    if (FITS.test(name)) return name
    const known = this.#short.get(name)
    if (known !== undefined) return known
    const plain = name.replace(/[^\w-]/g, '_') || 'tool'
    let short = plain.slice(0, MAX_NAME)
    for (let count = 2; this.#own.has(short); count++)
      short = `${plain.slice(0, MAX_NAME - 6)}_${count}`
    this.#own.set(short, name)
    this.#short.set(name, short)
    return short
  }

  fromChat(name: string): string {
    return this.#own.get(name) ?? name
  }
}
