/** Ids of tool calls as the vendor takes them: `^[a-zA-Z0-9_-]+$`, none twice in a conversation. */
export class ToolIds {
  readonly #taken = new Map<string, number>()

  /** An id for one more call; other vendors' own ids may hold other signs, or begin anew in every answer. */
  claim(id: string): string {
    const clean = id.replace(/[^a-zA-Z0-9_-]/g, '_')
    const base = clean === '' ? 'call' : clean
    let number = this.#taken.get(base) ?? 0
    let candidate = number === 0 ? base : `${base}_${number + 1}`
    while (number > 0 && this.#taken.has(candidate)) candidate = `${base}_${++number + 1}`
    this.#taken.set(base, number + 1)
    if (candidate !== base) this.#taken.set(candidate, 1)
    return candidate
  }
}
