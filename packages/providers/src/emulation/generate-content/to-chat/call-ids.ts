interface NamedCalls {
  readonly ids: string[]
  next: number
}

/**
 * Finds the call that a result belongs to. Gemini's clients need not name calls: results come in
 * their order then, function by function.
 */
export class CallIds {
  #byName = new Map<string, NamedCalls>()
  #open = new Set<string>()
  #made = 0

  /** Begins a turn of the model: what earlier ones called is answered, or never will be. */
  begin(): void {
    this.#byName = new Map()
    this.#open = new Set()
  }

  /** Returns the id of a call: its own, else one that is made. */
  call(name: string, given: unknown): string {
    const id = isId(given) ? given : `call_${this.#made++}`
    const known = this.#byName.get(name)
    if (known === undefined) this.#byName.set(name, { ids: [id], next: 0 })
    else known.ids.push(id)
    this.#open.add(id)
    return id
  }

  /** Returns the id of the call that a result answers; one that is no call's where there is none. */
  result(name: string, given: unknown): string {
    if (isId(given) && this.#open.delete(given)) return given
    return this.#nextOpen(this.#byName.get(name)) ?? (isId(given) ? given : name)
  }

  #nextOpen(calls: NamedCalls | undefined): string | undefined {
    if (calls === undefined) return undefined
    while (calls.next < calls.ids.length) {
      const id = calls.ids[calls.next++]!
      if (this.#open.delete(id)) return id
    }
    return undefined
  }
}

/** Longer ones are no vendor's. */
function isId(given: unknown): given is string {
  return typeof given === 'string' && given !== '' && given.length <= 512
}
