import type { Clock, Timer } from '@sluice/core'
import type { Admission, LeaseRequest, LimitStore } from './limit-store.ts'

/** What came of asking a store: its decision, or why there is none. */
export type StoreAnswer = { readonly admission: Admission } | { readonly outage: unknown }

/** How long a store may take, and who hears of its failures. */
export interface GuardedStoreOptions {
  readonly store: LimitStore
  readonly clock: Clock
  readonly timeoutMs: number
  readonly onOutage: ((error: unknown) => void) | undefined
}

/**
 * A store whose failures reach nobody by surprise: asking has an end, a decision that comes too late is given back, and
 * what fails while a lease is ended is left to its expiry. Renews the leases that it holds, with one timer for all.
 */
export class GuardedStore {
  readonly #options: GuardedStoreOptions
  readonly #held = new Set<string>()
  #renewing = false

  constructor(options: GuardedStoreOptions) {
    this.#options = options
  }

  /**
   * Asks for a lease and tells what came of it once: at once where the store answers at once. Returns how to ask no
   * longer.
   */
  acquire(request: LeaseRequest, tell: (answer: StoreAnswer) => void): () => void {
    const { store, clock, timeoutMs } = this.#options
    let asked: Admission | Promise<Admission>
    try {
      asked = store.acquire(request)
    } catch (error) {
      this.#report(error)
      tell({ outage: error })
      return () => {}
    }
    if (!isPromise(asked)) {
      if (asked.admitted) this.#hold(request.leaseId)
      tell({ admission: asked })
      return () => {}
    }
    let waiting = true
    let timer: Timer
    const stop = () => {
      waiting = false
      clock.clearTimeout(timer)
    }
    const fail = (error: unknown) => {
      if (!waiting) return
      stop()
      this.#report(error)
      tell({ outage: error })
    }
    timer = clock.setTimeout(() => fail(new Error(`The limit store did not answer within ${timeoutMs} ms.`)), timeoutMs)
    asked.then((admission) => {
      if (!waiting) {
        if (admission.admitted) this.#send(() => store.release(request.leaseId))
        return
      }
      stop()
      if (admission.admitted) this.#hold(request.leaseId)
      tell({ admission })
    }, fail)
    return stop
  }

  /** Ends a lease with what was spent. Where that is nothing, all that was reserved goes back. */
  end(leaseId: string, spentTokens: number): void {
    const { store } = this.#options
    this.#held.delete(leaseId)
    if (spentTokens > 0) this.#send(() => store.settle(leaseId, spentTokens))
    this.#send(() => store.release(leaseId))
  }

  #hold(leaseId: string): void {
    this.#held.add(leaseId)
    if (!this.#renewing) this.#renewLater()
  }

  /** The timer is not cleared but runs out: setting and clearing one costs more than a lease. */
  #renewLater(): void {
    const { store, clock } = this.#options
    this.#renewing = true
    clock.setTimeout(() => {
      this.#renewing = false
      if (this.#held.size === 0) return
      this.#send(() => store.renew([...this.#held]))
      this.#renewLater()
    }, store.leaseMs / 3)
  }

  #send(request: () => void | Promise<void>): void {
    try {
      const sent = request()
      if (isPromise(sent)) sent.catch((error: unknown) => this.#report(error))
    } catch (error) {
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onOutage?.(error)
    } catch {
      // A listener's failure is not the caller's.
    }
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
