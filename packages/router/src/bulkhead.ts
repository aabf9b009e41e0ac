import pLimit, { type LimitFunction } from 'p-limit'

type Caller = (leave: () => void) => void

/**
 * Keeps the number of answers that a target has under way below a limit; as many callers as the
 * queue holds wait in line.
 */
export class Bulkhead {
  readonly #limit: LimitFunction
  readonly #maxQueue: number
  readonly #waiting = new Set<Caller>()

  constructor(maxConcurrent: number, maxQueue: number) {
    this.#limit = pLimit(maxConcurrent)
    this.#maxQueue = maxQueue
  }

  /**
   * Calls `start` when there is a place, never before `enter` has returned; the place is kept until
   * `leave` is called. Gives a function by which a waiting caller goes away, after which it is
   * never started, or `undefined` where the queue is full.
   */
  enter(start: Caller): (() => void) | undefined {
    const limit = this.#limit
    if (limit.activeCount >= limit.concurrency) {
      if (Math.min(this.#waiting.size, limit.pendingCount) >= this.#maxQueue) return undefined
      if (limit.pendingCount >= this.#maxQueue) this.#forgetGone()
    }
    this.#waiting.add(start)
    this.#queue(start)
    return () => {
      this.#waiting.delete(start)
    }
  }

  #queue(start: Caller): void {
    void this.#limit(() => (this.#waiting.delete(start) ? new Promise<void>(start) : undefined))
  }

  /**
   * Tasks of callers who left stay in the queue until a place is free; a storm of them must not
   * fill it.
   */
  #forgetGone(): void {
    this.#limit.clearQueue()
    for (const start of this.#waiting) this.#queue(start)
  }
}
