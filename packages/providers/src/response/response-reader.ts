/** What reads the body of an answer: the pieces that a turn brought at a time, then the end. */
export interface ResponseReader {
  /**
   * Whether nothing is missing any more, however the connection ends. Absent: only its end in order
   * tells.
   */
  readonly isComplete?: boolean
  turn(pieces: readonly Uint8Array[]): void
  end(): void
}
