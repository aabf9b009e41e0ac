/** What the vendor takes as the name of a tool, or as the id of a call. */
const ALLOWED = /^[a-zA-Z0-9_-]{1,128}$/
/** What is left of a name that is too long; there is room for a number. */
const LONGEST = 120

/**
 * Hands out names that the vendor takes (`^[a-zA-Z0-9_-]{1,128}$`), none of them twice: for calls
 * in a conversation, and for tools.
 */
export class UniqueNames {
  readonly #taken = new Map<string, number>()

  /** The wanted name where it is free and allowed, else the nearest to it. */
  claim(wanted: string): string {
    const base = allowedName(wanted)
    let number = this.#taken.get(base) ?? 0
    const stem = base.slice(0, LONGEST)
    let candidate = number === 0 ? base : `${stem}_${number + 1}`
    while (number > 0 && this.#taken.has(candidate)) candidate = `${stem}_${++number + 1}`
    this.#taken.set(base, number + 1)
    if (candidate !== base) this.#taken.set(candidate, 1)
    return candidate
  }
}

/** Whether the vendor takes a name as it is. */
export function isAllowedName(name: string): boolean {
  return ALLOWED.test(name)
}

/** A name that the vendor takes as it is, else cut to length, every other sign replaced. */
export function allowedName(name: string): string {
  if (ALLOWED.test(name)) return name
  return name === '' ? 'unnamed' : name.slice(0, LONGEST).replace(/[^a-zA-Z0-9_-]/g, '_')
}
