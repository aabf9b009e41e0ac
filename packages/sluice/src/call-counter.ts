import { defineMiddleware, type SluiceMiddleware, type Interceptor } from '@sluice/core'
import { markOwn, ForwardingSubscriber } from '@sluice/core/internal'
import { Observable, type Subscriber } from 'rxjs'

/** How many calls there are and were. */
export interface CallCounts {
  readonly running: number
  readonly completed: number
  readonly failed: number
  /** The caller went away before the answer was whole. */
  readonly left: number
}

/** Counts calls, from the outermost place. */
export function callCounter(): { readonly feature: SluiceMiddleware; counts(): CallCounts } {
  const counts = { running: 0, completed: 0, failed: 0, left: 0 }
  const intercept: Interceptor['intercept'] = (call, next) =>
    new Observable((subscriber) => {
      const counted = new CountedAnswer(counts, subscriber)
      subscriber.add(counted)
      next(call).subscribe(counted)
    })
  return {
    counts: () => ({ ...counts }),
    feature: defineMiddleware(markOwn({ name: 'callCounter', phase: 'observe', intercept })),
  }
}

/** Hands an answer on and counts how it ends. */
class CountedAnswer<T> extends ForwardingSubscriber<T> {
  readonly #counts: Record<keyof CallCounts, number>
  readonly #subscriber: Subscriber<T>
  #outcome: 'completed' | 'failed' | 'left' = 'left'

  constructor(counts: Record<keyof CallCounts, number>, subscriber: Subscriber<T>) {
    super()
    this.#counts = counts
    this.#subscriber = subscriber
    counts.running++
  }

  protected onNext(batch: T): void {
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
    this.#counts.running--
    this.#counts[this.#outcome]++
  }
}
