import { Pieces } from './pieces.ts'
import { soon } from './soon.ts'

/** Who gets what a turn brought. */
export interface TurnReader {
  onTurn(pieces: readonly Uint8Array[]): void
}

/**
 * Gathers the pieces that arrive within one turn of the event loop and hands them on together, before the next turn begins. It delays nothing
 * and halves the work of what follows: a burst of tokens becomes one batch and one write.
 */
export class TurnCollector {
  readonly #reader: TurnReader
  readonly #pieces = new Pieces()

  constructor(reader: TurnReader) {
    this.#reader = reader
  }

  push(piece: Uint8Array): void {
    if (this.#pieces.isEmpty) soon(this.#flush)
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
