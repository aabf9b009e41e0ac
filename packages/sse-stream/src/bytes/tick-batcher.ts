import { ChunkList } from './chunk-list.ts'
import { inMicrotask } from './microtask.ts'

/** Who gets what a turn brought. */
export interface TickReader {
  onTurn(pieces: readonly Uint8Array[]): void
}

/**
 * Gathers the pieces that arrive within one turn of the event loop and hands them on together,
 * before the next turn begins. It delays nothing and halves the work of what follows: a burst of
 * tokens becomes one batch and one write.
 */
export class TickBatcher {
  readonly #reader: TickReader
  readonly #pieces = new ChunkList()

  constructor(reader: TickReader) {
    this.#reader = reader
  }

  push(piece: Uint8Array): void {
    if (this.#pieces.isEmpty) inMicrotask(this.#flush)
    this.#pieces.push(piece)
  }

  /** Hands on what has come, at once; for when the source ends. */
  flush(): void {
    this.#flush()
  }

  readonly #flush = (): void => {
    if (!this.#pieces.isEmpty) this.#reader.onTurn(this.#pieces.take())
  }
}
