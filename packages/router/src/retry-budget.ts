import type { Clock } from '@sluice/core'

const RESERVE = 20
const RESERVE_PER_SECOND = 2
const MAX_SAVED = 100

/**
 * Keeps repeated requests to a share of the traffic, so that an outage does not multiply the load.
 * Every call pays a share of a repeat in; beside that a reserve of 20 fills by two a second, so
 * that a quiet gateway can repeat as well. What is saved up ends at 100.
 */
export class RetryBudget {
  readonly #share: number
  readonly #clock: Clock
  #saved = RESERVE
  #filledAtMs: number

  /** @param share repeats per call, such as 0.2 */
  constructor(share: number, clock: Clock) {
    this.#share = share
    this.#clock = clock
    this.#filledAtMs = clock.now()
  }

  /** A call has come. */
  deposit(): void {
    if (this.#saved < MAX_SAVED) this.#saved += this.#share
  }

  /** Takes one repeat; false where none is left. */
  take(): boolean {
    const now = this.#clock.now()
    const filled = ((now - this.#filledAtMs) / 1000) * RESERVE_PER_SECOND
    if (this.#saved < RESERVE) this.#saved = Math.min(RESERVE, this.#saved + filled)
    this.#filledAtMs = now
    if (this.#saved < 1) return false
    this.#saved--
    return true
  }
}
