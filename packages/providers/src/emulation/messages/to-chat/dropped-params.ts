/** The client makes the names of these; a header takes only so many. */
const MAX_KINDS = 32

/** Gathers what of a message chat cannot carry, each kind once. */
export class DroppedParams {
  readonly #names = new Set<string>()

  add(name: string): void {
    if (this.#names.size < MAX_KINDS) this.#names.add(name.slice(0, 64))
  }

  /** Notes that something was to be kept in the vendor's cache. */
  seeCacheControl(holder: Readonly<Record<string, unknown>>): void {
    if (holder['cache_control'] !== undefined && holder['cache_control'] !== null)
      this.add('cache_control')
  }

  get names(): readonly string[] {
    return [...this.#names]
  }
}
