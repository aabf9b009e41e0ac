/** The vendor takes names of up to 128 signs; room is left for a number. */
const LONGEST = 120

/** Hands out names that the vendor takes (`^[a-zA-Z0-9_-]{1,128}$`), none of them twice: for calls in a conversation, and for tools. */
export class UniqueNames {
  readonly #taken = new Map<string, number>()

  /** The wanted name where it is free and allowed, else the nearest to it. */
  claim(wanted: string): string {
    const base = allowedName(wanted)
    let number = this.#taken.get(base) ?? 0
    let candidate = number === 0 ? base : `${base}_${number + 1}`
    while (number > 0 && this.#taken.has(candidate)) candidate = `${base}_${++number + 1}`
    this.#taken.set(base, number + 1)
    if (candidate !== base) this.#taken.set(candidate, 1)
    return candidate
  }
}

/** A name cut to length, with every sign that the vendor refuses replaced. */
export function allowedName(name: string): string {
  return name === '' ? 'unnamed' : name.slice(0, LONGEST).replace(/[^a-zA-Z0-9_-]/g, '_')
}
