import { totalLength } from '@sluice/sse-stream/internal'
import type { ResponseReader } from './response-reader.ts'

/** Reads a whole body of at most `limit` bytes. */
export class BodyReader implements ResponseReader {
  readonly #limit: number
  readonly #onBody: (bytes: Uint8Array) => void
  readonly #onTooLarge: () => void
  #parts: Uint8Array[] = []
  #length = 0

  constructor(limit: number, onBody: (bytes: Uint8Array) => void, onTooLarge: () => void) {
    this.#limit = limit
    this.#onBody = onBody
    this.#onTooLarge = onTooLarge
  }

  turn(pieces: readonly Uint8Array[]): void {
    if (this.#length > this.#limit) return
    this.#length += totalLength(pieces)
    if (this.#length > this.#limit) {
      this.#parts = []
      this.#onTooLarge()
    } else this.#parts.push(...pieces)
  }

  end(): void {
    if (this.#length > this.#limit) return
    const parts = this.#parts
    this.#onBody(parts.length === 1 ? parts[0]! : Buffer.concat(parts, this.#length))
  }
}
