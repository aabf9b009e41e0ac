import { heldFrom } from './held-from.ts'

/** Looks for the first of some sequences. */
export class StopSequences {
  readonly #sequences: readonly string[]
  readonly #longest: number

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences
    this.#longest = Math.max(...sequences.map((sequence) => sequence.length))
  }

  /** Where the sequence begins that is complete first; of two that end together, the longer. */
  stopIn(text: string): number | undefined {
    let start: number | undefined
    let end = Infinity
    for (const sequence of this.#sequences) {
      const at = text.indexOf(sequence)
      const close = at + sequence.length
      if (at < 0 || close > end || (close === end && at > start!)) continue
      start = at
      end = close
    }
    return start
  }

  /** From where on a text may be the beginning of one. */
  heldFrom(text: string): number {
    return heldFrom(text, 0, this.#longest, (end) => this.#isBeginning(end))
  }

  #isBeginning(end: string): boolean {
    return this.#sequences.some(
      (sequence) => sequence.length > end.length && sequence.startsWith(end),
    )
  }
}
