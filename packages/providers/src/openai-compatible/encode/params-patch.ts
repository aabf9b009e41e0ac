import type { Json } from '../openai-compatible-spec.ts'

const NONE: readonly never[] = []

/**
 * Params as they are to be sent: what differs from the client's own, read as if it were done
 * already.
 */
export class ParamsPatch {
  readonly #params: Json
  readonly #set: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  #unset: readonly string[] = NONE
  #dropped: readonly string[] = NONE

  constructor(params: Json) {
    this.#params = params
  }

  /** What of the client's wishes is lost. */
  get dropped(): readonly string[] {
    return this.#dropped
  }

  get(name: string): unknown {
    if (this.#unset.includes(name)) return undefined
    return name in this.#set ? this.#set[name] : this.#params[name]
  }

  set(name: string, value: unknown): void {
    if (value === undefined) return this.unset(name)
    if (this.#unset.includes(name)) this.#unset = this.#unset.filter((one) => one !== name)
    if (this.#params[name] !== value) this.#set[name] = value
    else this.#forget(name)
  }

  unset(name: string): void {
    this.#forget(name)
    if (this.#params[name] !== undefined && !this.#unset.includes(name))
      this.#unset = [...this.#unset, name]
  }

  /** Leaves a param out and remembers that the client wanted it. */
  drop(name: string): void {
    const value = this.get(name)
    this.unset(name)
    if (value !== undefined && value !== null) this.lose(name)
  }

  /** Remembers that something is lost, such as `messages.name`. */
  lose(name: string): void {
    if (!this.#dropped.includes(name)) this.#dropped = [...this.#dropped, name]
  }

  /** Taking a member out is dear, even where it is not there. */
  #forget(name: string): void {
    if (name in this.#set) delete this.#set[name]
  }

  result(): { set: Json; unset: readonly string[] } {
    return { set: this.#set, unset: this.#unset }
  }
}
