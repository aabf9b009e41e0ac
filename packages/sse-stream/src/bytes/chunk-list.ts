/**
 * Pieces of bytes until they are taken. One alone, as most are, is held without an array, and
 * nothing is held of what has been taken: a stream lives long, and whatever young thing it still
 * refers to when the collector comes is moved to where only a full collection finds it, once for
 * each of thousands of streams.
 */
export class ChunkList {
  #first: Uint8Array | undefined
  #all: Uint8Array[] | undefined

  get isEmpty(): boolean {
    return this.#first === undefined
  }

  push(piece: Uint8Array): void {
    if (this.#first === undefined) this.#first = piece
    else if (this.#all === undefined) this.#all = [this.#first, piece]
    else this.#all.push(piece)
  }

  /** All of them, in their order; afterwards there are none. */
  take(): Uint8Array[] {
    const first = this.#first
    if (first === undefined) return []
    const all = this.#all ?? [first]
    this.#first = undefined
    this.#all = undefined
    return all
  }
}
