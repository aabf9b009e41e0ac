import {
  ApiError,
  type Batch,
  type Call,
  type Chunk,
  type Document,
  type Handler,
  type Operation,
} from '@sluice/core'
import { ForwardingSubscriber } from '@sluice/core/internal'
import type { CompletionUsage } from '@sluice/core/wire'
import { Observable, type Subscriber } from 'rxjs'
import type { LeaseManager, ActiveLease, LeaseCallbacks } from './lease-manager.ts'
import { isAmount, type Admitted, type Refused } from './limit-store.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'
import { refusal, storeUnavailable } from './refusal.ts'
import { StreamedTokenEstimate } from './streamed-token-estimate.ts'
import { reservationFor, type Reservation, type ReservationRules } from './reservation.ts'

type BatchOf<O extends Operation> = Batch<Chunk<O>, Document<O>>

/** How calls are let in. */
export interface LimitedResponseOptions {
  readonly store: LeaseManager
  readonly failOpen: boolean
  readonly rules: ReservationRules
  /**
   * Hears of what `keyBy` and `estimateTokens` throw or get wrong; the call fails with it. Never
   * throws.
   */
  readonly onMistake: (error: unknown, call: Call) => void
}

/**
 * No answer costs more; a vendor that says so has miscounted, and must not lock its caller out for
 * days.
 */
const MAX_PLAUSIBLE_TOKENS = 100_000_000

/**
 * The answer to a call that has to be let in first. The lease is taken at subscription and ended
 * exactly once, when the answer completes, fails or is unsubscribed from: with the vendor's usage
 * where there is one; else, after something was handed on, with the prompt and what was.
 */
export function limitedResponse<O extends Operation>(
  call: Call<O>,
  next: Handler,
  options: LimitedResponseOptions,
): Observable<BatchOf<O>> {
  return new Observable((subscriber) => {
    const answer = new LimitedResponse(call, next, options, subscriber)
    // Added first: a source that ends at once ends its lease before whatever follows it asks for
    // one.
    subscriber.add(answer)
    answer.start()
  })
}

/** One answer that is let in, or kept out. */
export class LimitedResponse<O extends Operation>
  extends ForwardingSubscriber<BatchOf<O>>
  implements LeaseCallbacks
{
  readonly call: Call<O>
  readonly #handler: Handler
  readonly #options: LimitedResponseOptions
  readonly #subscriber: Subscriber<BatchOf<O>>
  readonly #relayed = new StreamedTokenEstimate()
  #reservation: Reservation | undefined
  #stopAsking: (() => void) | undefined
  #lease: ActiveLease | undefined
  #delivered = false
  #usage: number | undefined
  #outcome: 'running' | 'completed' | 'failed' = 'running'

  constructor(
    call: Call<O>,
    handler: Handler,
    options: LimitedResponseOptions,
    subscriber: Subscriber<BatchOf<O>>,
  ) {
    super()
    this.call = call
    this.#handler = handler
    this.#options = options
    this.#subscriber = subscriber
  }

  /** What it throws is the answer. */
  start(): void {
    const reservation = this.#reserve()
    this.#reservation = reservation
    const { limits } = reservation
    const isLimited =
      limits.requestsPerMinute > 0 || limits.tokensPerMinute > 0 || limits.concurrency > 0
    if (isLimited) this.#stopAsking = this.#options.store.acquire(reservation, this)
    else this.#run()
  }

  #reserve(): Reservation {
    try {
      return reservationFor(this.call, this.#options.rules)
    } catch (error) {
      if (!ApiError.is(error)) this.#options.onMistake(error, this.call)
      throw error
    }
  }

  protected onNext(batch: BatchOf<O>): void {
    this.#delivered = true
    if (batch.usage === undefined) this.#relayed.add(batch)
    else this.#usage = totalOf(batch.usage) ?? this.#usage
    this.#subscriber.next(batch)
  }

  protected onError(error: unknown): void {
    this.#outcome = 'failed'
    this.#subscriber.error(error)
  }

  protected onComplete(): void {
    this.#outcome = 'completed'
    this.#subscriber.complete()
  }

  protected override onEnd(): void {
    this.#stopAsking?.()
    if (this.#lease !== undefined) this.#options.store.end(this.#lease, this.#spent())
  }

  refused(refused: Refused): void {
    this.#subscriber.error(refusal(refused, this.#reservation!))
  }

  admitted(admission: Admitted, lease: ActiveLease): void {
    this.#lease = lease
    rateLimitHeaders(admission, this.call.report.headers)
    this.#run()
  }

  undecided(cause: unknown): void {
    if (this.#options.failOpen) this.#run()
    else this.#subscriber.error(storeUnavailable(cause))
  }

  #run(): void {
    try {
      this.#handler(this.call).subscribe(this)
    } catch (error) {
      this.error(error)
    }
  }

  #spent(): number {
    const { report } = this.call
    if (report.cache === 'HIT') return 0
    const { prompt } = this.#reservation!
    if (!this.#delivered) {
      // Whoever leaves while the vendor reads the prompt has had it read; a failure has not
      // delivered anything.
      return this.#outcome !== 'failed' && report.attempts > 0 ? prompt : 0
    }
    if (this.#outcome === 'completed' && this.#usage !== undefined) return this.#usage
    return Math.max(this.#usage ?? 0, prompt + this.#relayedTokens())
  }

  #relayedTokens(): number {
    try {
      return this.#relayed.count()
    } catch {
      // A batch that cannot be read is the reader's failure to report; the lease has to end all the
      // same.
      return 0
    }
  }
}

function totalOf(usage: CompletionUsage): number | undefined {
  for (const total of [usage.total_tokens, usage.prompt_tokens + usage.completion_tokens]) {
    if (isAmount(total) && total <= MAX_PLAUSIBLE_TOKENS) return total
  }
  return undefined
}
