/** A name of a function that every vendor takes. */
const VALID = /^[A-Za-z_][\w-]{0,63}$/
const LONGEST = 64
/** What is left of a name that gets a number. */
const STEM = 54

/**
 * Hands out names for functions that every vendor takes: a letter or underscore, then letters,
 * digits, `_` and `-`, at most 64; none of them twice. Takes time in proportion to the names.
 */
export class UniqueToolNames {
  readonly #taken = new Set<string>()
  readonly #counts = new Map<string, number>()

  /** Keeps a name from being handed out. */
  reserve(name: string): void {
    this.#taken.add(name)
  }

  /** The wanted name where it is free and valid, else the nearest to it. */
  claim(wanted: string): string {
    const spelled = spellToolName(wanted)
    const stem = spelled.slice(0, STEM)
    let candidate = spelled
    let number = this.#counts.get(stem) ?? 1
    while (this.#taken.has(candidate)) candidate = `${stem}_${++number}`
    this.#counts.set(stem, number)
    this.#taken.add(candidate)
    return candidate
  }
}

/** A name as every vendor takes it: the same where it is one, else cut and with underscores. */
export function spellToolName(name: string): string {
  if (VALID.test(name)) return name
  const spelled = name.slice(0, LONGEST).replace(/[^\w-]/g, '_')
  return (/^[A-Za-z_]/.test(spelled) ? spelled : `_${spelled}`).slice(0, LONGEST)
}
