import type { Clock, Timer } from '@sluice/core'
import type { Admission, LeaseRequest, LimitStore } from './limit-store.ts'

/** Whoever asks for a lease: hears once what came of it. */
export interface LeaseSeeker {
  decided(admission: Admission): void
  /** The store failed, or took too long. */
  undecided(cause: unknown): void
}

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
   * Asks for a lease and tells what came of it: at once where the store answers at once, else later. Then it returns
   * how to ask no longer.
   */
  acquire(request: LeaseRequest, seeker: LeaseSeeker): (() => void) | undefined {
    let asked: Admission | Promise<Admission>
    try {
      asked = this.#options.store.acquire(request)
    } catch (error) {
      this.#report(error)
      seeker.undecided(error)
      return undefined
    }
    if (isPromise(asked)) return this.#await(asked, request, seeker)
    if (asked.admitted) this.#hold(request.leaseId)
    seeker.decided(asked)
    return undefined
  }

  #await(asked: Promise<Admission>, { leaseId }: LeaseRequest, seeker: LeaseSeeker): () => void {
    const { store, clock, timeoutMs } = this.#options
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
      seeker.undecided(error)
    }
    timer = clock.setTimeout(() => fail(new Error(`The limit store did not answer within ${timeoutMs} ms.`)), timeoutMs)
    asked.then((admission) => {
      if (!waiting) {
        if (admission.admitted) this.#send(() => store.release(leaseId))
        return
      }
      stop()
      if (admission.admitted) this.#hold(leaseId)
      seeker.decided(admission)
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
