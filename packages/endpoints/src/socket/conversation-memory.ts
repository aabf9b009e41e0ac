import type { ResponseItem } from '@sluice/core/wire'

/** Responses that one connection can be continued from; the oldest goes first. */
const MAX_RESPONSES = 32

interface Remembered {
  readonly items: readonly ResponseItem[]
  readonly bytes: number
}

/**
 * Remembers, for as long as a connection lasts, what stands behind the ids of its responses: with
 * `store: false` they are kept nowhere else.
 */
export class ConversationMemory {
  readonly #maxBytes: number
  readonly #byId = new Map<string, Remembered>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Returns all that was said up to a response, its own items included. */
  get(id: string): readonly ResponseItem[] | undefined {
    return this.#byId.get(id)?.items
  }

  /** Remembers a response; what is longer than all that may be remembered is not. */
  set(id: string, items: readonly ResponseItem[]): void {
    this.delete(id)
    const bytes = JSON.stringify(items).length
    if (bytes > this.#maxBytes) return
    for (const oldest of this.#byId.keys()) {
      if (this.#byId.size < MAX_RESPONSES && this.#bytes + bytes <= this.#maxBytes) break
      this.delete(oldest)
    }
    this.#byId.set(id, { items, bytes })
    this.#bytes += bytes
  }

  delete(id: string): void {
    const known = this.#byId.get(id)
    if (known === undefined) return
    this.#byId.delete(id)
    this.#bytes -= known.bytes
  }
}
