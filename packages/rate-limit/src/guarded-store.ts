import type { Clock, Timer } from '@sluice/core'
import type { Admission, Admitted, Lease, LeaseRequest, LimitStore, Refused } from './limit-store.ts'

/** Whoever asks for a lease: hears once what came of it. */
export interface LeaseSeeker {
  /** `held` is what the lease is ended by. */
  admitted(admission: Admitted, held: HeldLease): void
  refused(refusal: Refused): void
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

/** A lease that is renewed until it is ended. */
export class HeldLease {
  readonly lease: Lease
  /** Where it stands among those that are held. */
  at: number

  constructor(lease: Lease, at: number) {
    this.lease = lease
    this.at = at
  }
}

/**
 * A store whose failures reach nobody by surprise: asking has an end, a decision that comes too late is given back, and
 * what fails while a lease is ended is left to its expiry. Renews the leases that it holds, with one timer for all.
 */
export class GuardedStore {
  readonly #options: GuardedStoreOptions
  /** In no order: the last takes the place of one that is ended. */
  readonly #held: HeldLease[] = []
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
    if (isPromise(asked)) return this.#await(asked, seeker)
    this.#tell(asked, seeker)
    return undefined
  }

  #await(asked: Promise<Admission>, seeker: LeaseSeeker): () => void {
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
      if (waiting) {
        stop()
        this.#tell(admission, seeker)
      } else if (admission.admitted) this.#send(() => store.release(admission.lease))
    }, fail)
    return stop
  }

  /** Ends a lease with what was spent. Where that is nothing, all that was reserved goes back. */
  end(held: HeldLease, spentTokens: number): void {
    const { store } = this.#options
    const { lease } = held
    const last = this.#held.pop()!
    if (last !== held) {
      this.#held[held.at] = last
      last.at = held.at
    }
    if (spentTokens > 0) this.#send(() => store.settle(lease, spentTokens))
    this.#send(() => store.release(lease))
  }

  #tell(admission: Admission, seeker: LeaseSeeker): void {
    if (admission.admitted) seeker.admitted(admission, this.#hold(admission.lease))
    else seeker.refused(admission)
  }

  #hold(lease: Lease): HeldLease {
    const held = new HeldLease(lease, this.#held.length)
    this.#held.push(held)
    if (!this.#renewing) this.#renewLater()
    return held
  }

  /** The timer is not cleared but runs out: setting and clearing one costs more than a lease. */
  #renewLater(): void {
    const { store, clock } = this.#options
    this.#renewing = true
    clock.setTimeout(() => {
      this.#renewing = false
      if (this.#held.length === 0) return
      this.#send(() => store.renew(this.#held.map(({ lease }) => lease)))
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
