import type { Batch, Call, Chunk, CompletionUsage, Document, Handler, Operation } from '@sluice/core'
import { Observable, type Subscriber, type Unsubscribable } from 'rxjs'
import type { GuardedStore, StoreAnswer } from './guarded-store.ts'
import { isAmount } from './limit-store.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'
import { refusal, storeUnavailable } from './refusal.ts'
import { RelayedTokens } from './relayed-tokens.ts'
import type { Reservation } from './reservation.ts'

type BatchOf<O extends Operation> = Batch<Chunk<O>, Document<O>>

/** What it takes to answer a call under a lease. */
export interface LimitedAnswerOptions {
  readonly store: GuardedStore
  readonly outage: 'closed' | 'open'
  /** Computed when the answer is subscribed to; what it throws is the answer. */
  readonly reserve: () => Reservation
}

/** No answer costs more; a vendor that says so has miscounted, and must not lock its caller out for days. */
const MAX_PLAUSIBLE_TOKENS = 100_000_000

/**
 * The answer to a call that has to be let in first. The lease is taken at subscription and ended exactly once, when the
 * answer completes, fails or is unsubscribed from: with the vendor's usage where there is one; else, after something
 * was handed on, with the prompt and what was.
 */
export function limitedAnswer<O extends Operation>(
  call: Call<O>,
  next: Handler,
  options: LimitedAnswerOptions,
): Observable<BatchOf<O>> {
  return new Observable((subscriber) => {
    const answer = new LimitedAnswer(call, next, options, subscriber)
    // Added first: a source that ends at once ends its lease before whatever follows it asks for one.
    subscriber.add(() => answer.stop())
    answer.start()
  })
}

class LimitedAnswer<O extends Operation> {
  readonly #call: Call<O>
  readonly #next: Handler
  readonly #options: LimitedAnswerOptions
  readonly #subscriber: Subscriber<BatchOf<O>>
  readonly #relayed = new RelayedTokens()
  #reservation: Reservation | undefined
  #stopAsking: (() => void) | undefined
  #source: Unsubscribable | undefined
  #leased = false
  #delivered = false
  #usage: number | undefined
  #outcome: 'running' | 'completed' | 'failed' = 'running'

  constructor(call: Call<O>, next: Handler, options: LimitedAnswerOptions, subscriber: Subscriber<BatchOf<O>>) {
    this.#call = call
    this.#next = next
    this.#options = options
    this.#subscriber = subscriber
  }

  start(): void {
    const { limits } = (this.#reservation = this.#options.reserve())
    const isLimited = limits.requestsPerMinute > 0 || limits.tokensPerMinute > 0 || limits.concurrency > 0
    if (isLimited) this.#stopAsking = this.#options.store.acquire(this.#reservation, (answer) => this.#decided(answer))
    else this.#run()
  }

  /** Runs once, at whichever end. */
  stop(): void {
    this.#stopAsking?.()
    this.#source?.unsubscribe()
    if (this.#leased) this.#options.store.end(this.#reservation!.leaseId, this.#spent())
  }

  #decided(answer: StoreAnswer): void {
    if ('outage' in answer) {
      if (this.#options.outage === 'open') this.#run()
      else this.#subscriber.error(storeUnavailable(answer.outage))
      return
    }
    const { admission } = answer
    if (!admission.admitted) {
      this.#subscriber.error(refusal(admission, this.#reservation!))
      return
    }
    this.#leased = true
    Object.assign(this.#call.report.headers, rateLimitHeaders(admission))
    this.#run()
  }

  #run(): void {
    const subscriber = this.#subscriber
    try {
      this.#source = this.#next(this.#call).subscribe({
        next: (batch) => {
          this.#delivered = true
          if (batch.usage === undefined) this.#relayed.add(batch)
          else this.#usage = totalOf(batch.usage) ?? this.#usage
          subscriber.next(batch)
        },
        error: (error: unknown) => this.#fail(error),
        complete: () => {
          this.#outcome = 'completed'
          subscriber.complete()
        },
      })
    } catch (error) {
      this.#fail(error)
    }
    // Whoever unsubscribed during the line above did so before there was anything to unsubscribe from.
    if (subscriber.closed) this.#source?.unsubscribe()
  }

  #fail(error: unknown): void {
    this.#outcome = 'failed'
    this.#subscriber.error(error)
  }

  #spent(): number {
    const { report } = this.#call
    if (report.cache === 'HIT') return 0
    const { prompt } = this.#reservation!
    if (!this.#delivered) {
      // Whoever leaves while the vendor reads the prompt has had it read; a failure has not delivered anything.
      return this.#outcome !== 'failed' && report.attempts > 0 ? prompt : 0
    }
    if (this.#outcome === 'completed' && this.#usage !== undefined) return this.#usage
    return Math.max(this.#usage ?? 0, prompt + this.#relayedTokens())
  }

  #relayedTokens(): number {
    try {
      return this.#relayed.count()
    } catch {
      // A batch that cannot be read is the reader's failure to report; the lease has to end all the same.
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
