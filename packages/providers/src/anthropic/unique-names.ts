/** Hands out names that the vendor takes (`^[a-zA-Z0-9_-]+$`), none of them twice: for calls in a conversation, and for tools. */
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

/** A name with every sign that the vendor refuses replaced. */
export function allowedName(name: string): string {
  return name === '' ? 'unnamed' : name.replace(/[^a-zA-Z0-9_-]/g, '_')
}
