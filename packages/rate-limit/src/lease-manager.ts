import type { Clock, Timer } from '@sluice/core'
import { disown, isPromiseLike } from '@sluice/core/internal'
import { isAdmission } from './is-admission.ts'
import type {
  Admission,
  Admitted,
  Lease,
  LeaseRequest,
  LimitStore,
  Refused,
} from './limit-store.ts'

/** Whoever asks for a lease: hears once what came of it. */
export interface LeaseCallbacks {
  /** `held` is what the lease is ended by. */
  admitted(admission: Admitted, held: ActiveLease): void
  refused(refusal: Refused): void
  /** The store failed, took too long, or gave what is no decision. */
  undecided(cause: unknown): void
}

/** How long a store may take, and who hears of its failures. */
export interface GuardedStoreOptions {
  readonly store: LimitStore
  readonly clock: Clock
  readonly timeoutMs: number
  /**
   * Hears of every failure; of those by which a seeker is left undecided, before it is. Never
   * throws.
   */
  readonly onFailure: (error: unknown, seeker: LeaseCallbacks | undefined) => void
}

/** A longer one is no timer for Node: it would go off at once, and again and again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
const USUAL_LEASE_MS = 60_000

function renewalMs(leaseMs: number): number {
  return Math.min((leaseMs > 0 ? leaseMs : USUAL_LEASE_MS) / 3, LONGEST_TIMER_MS)
}

/** A lease that is renewed until it is ended. */
export class ActiveLease {
  readonly lease: Lease
  /** Where it stands among those that are held. */
  at: number

  constructor(lease: Lease, at: number) {
    this.lease = lease
    this.at = at
  }
}

/**
 * A store whose failures reach nobody by surprise: asking has an end, a decision that comes too
 * late is given back, and what fails while a lease is ended is left to its expiry. Renews the
 * leases that it holds, with one timer for all.
 */
export class LeaseManager {
  readonly #options: GuardedStoreOptions
  /** In no order: the last takes the place of one that is ended. */
  readonly #held: ActiveLease[] = []
  #renewing = false

  constructor(options: GuardedStoreOptions) {
    this.#options = options
  }

  /**
   * Asks for a lease and tells what came of it: at once where the store answers at once, else
   * later. Then it returns how to ask no longer.
   */
  acquire(request: LeaseRequest, seeker: LeaseCallbacks): (() => void) | undefined {
    let asked: Admission | PromiseLike<Admission>
    try {
      asked = this.#options.store.acquire(request)
      if (isPromiseLike(asked)) return this.#await(asked, seeker)
    } catch (error) {
      this.#fail(error, seeker)
      return undefined
    }
    this.#tell(asked, seeker)
    return undefined
  }

  #await(asked: PromiseLike<Admission>, seeker: LeaseCallbacks): () => void {
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
      this.#fail(error, seeker)
    }
    timer = clock.setTimeout(
      () => fail(new Error(`The limit store did not answer within ${timeoutMs} ms.`)),
      timeoutMs,
    )
    // By way of a promise of our own, because `then` of a foreign one may throw.
    Promise.resolve(asked)
      .then((admission) => {
        if (waiting) {
          stop()
          this.#tell(admission, seeker)
        } else if (isAdmission(admission) && admission.admitted)
          this.#send(() => store.release(admission.lease))
      }, fail)
      .catch((error: unknown) => this.#options.onFailure(error, undefined))
    return stop
  }

  /** Ends a lease with what was spent. Where that is nothing, all that was reserved goes back. */
  end(held: ActiveLease, spentTokens: number): void {
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

  #tell(admission: Admission, seeker: LeaseCallbacks): void {
    let isDecision = false
    try {
      isDecision = isAdmission(admission)
    } catch {
      // A getter that throws is no decision either.
    }
    if (!isDecision)
      this.#fail(new TypeError('The limit store gave what is no admission and no refusal.'), seeker)
    else if (admission.admitted) seeker.admitted(admission, this.#hold(admission.lease))
    else seeker.refused(admission)
  }

  #fail(error: unknown, seeker: LeaseCallbacks): void {
    this.#options.onFailure(error, seeker)
    seeker.undecided(error)
  }

  #hold(lease: Lease): ActiveLease {
    const held = new ActiveLease(lease, this.#held.length)
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
    }, renewalMs(store.leaseMs))
  }

  #send(request: () => void | PromiseLike<void>): void {
    const fail = (error: unknown) => this.#options.onFailure(error, undefined)
    try {
      disown(request(), fail)
    } catch (error) {
      fail(error)
    }
  }
}
