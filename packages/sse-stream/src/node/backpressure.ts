import type { ServerResponse } from 'node:http'
import type { Clock, Gate, Timer } from '@sluice/core'

/**
 * So much may lie before the client until the source has to wait: half of what Node would call too
 * much, so that one more turn's worth is still little.
 */
const MAX_UNTAKEN_BYTES = 32 * 1024
/** So much is written until one write says when it was taken: to hear of each costs more. */
const MAX_UNHEARD_BYTES = 8 * 1024

/** Holds the source of a response while the client takes less than is written. */
export class Backpressure {
  readonly #res: ServerResponse
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** Bytes of writes since the last whose end was heard of. */
  #unheard = 0
  #release: (() => void) | undefined
  /**
   * Listens for Node's word that it has nothing left, where the wait ends with that and not when it
   * has little left.
   */
  #onDrain: (() => void) | undefined
  #stall: Timer

  /** `timeoutMs`: a client that takes nothing for so long is cut off; 0 = never. */
  constructor(res: ServerResponse, clock: Clock, timeoutMs: number) {
    this.#res = res
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Whether the source waits. */
  get isHolding(): boolean {
    return this.#release !== undefined
  }

  /** Counts a write; says whether the end of this one must be heard of. */
  count(length: number): boolean {
    this.#unheard += length
    const isHeard = this.#unheard >= MAX_UNHEARD_BYTES
    if (isHeard) this.#unheard = 0
    return isHeard
  }

  /** Whether more lies before the client than one turn should add to. */
  get isHigh(): boolean {
    return this.#res.writableLength >= MAX_UNTAKEN_BYTES
  }

  /** The client is slower than the source, which waits until it has taken what was written. */
  hold(gate: Gate | undefined, until: 'drain' | 'little'): void {
    this.#release = gate?.hold()
    if (this.#timeoutMs > 0)
      this.#stall = this.#clock.setTimeout(() => this.#res.destroy(), this.#timeoutMs)
    if (until === 'little') return
    this.#onDrain = () => this.release()
    this.#res.once('drain', this.#onDrain)
  }

  /** The kernel has a write. */
  readonly taken = (): void => {
    if (this.#onDrain === undefined && !this.isHigh) this.release()
  }

  release(): void {
    if (this.#onDrain !== undefined) this.#res.off('drain', this.#onDrain)
    this.#onDrain = undefined
    if (this.#stall !== undefined) this.#clock.clearTimeout(this.#stall)
    this.#stall = undefined
    const release = this.#release
    this.#release = undefined
    release?.()
  }
}
