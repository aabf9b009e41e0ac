import { feature, type Feature, type Interceptor } from '@sluice/core'
import { Observable, type Observer, type Subscriber, type Unsubscribable } from 'rxjs'

/** How many calls there are and were. */
export interface CallCounts {
  readonly running: number
  readonly completed: number
  readonly failed: number
  /** The caller went away before the answer was whole. */
  readonly left: number
}

/** Counts calls, from the outermost place. */
export function callCounter(): { readonly feature: Feature; counts(): CallCounts } {
  const counts = { running: 0, completed: 0, failed: 0, left: 0 }
  const intercept: Interceptor['intercept'] = (call, next) =>
    new Observable((subscriber) => {
      const counted = new CountedAnswer(counts, subscriber)
      subscriber.add(counted)
      return next(call).subscribe(counted)
    })
  return { counts: () => ({ ...counts }), feature: feature({ name: 'callCounter', phase: 'observe', intercept }) }
}

/** Hands an answer on and counts how it ends. One object for all of it, because every call has one. */
class CountedAnswer<T> implements Observer<T>, Unsubscribable {
  readonly #counts: Record<keyof CallCounts, number>
  readonly #subscriber: Subscriber<T>
  #outcome: 'completed' | 'failed' | 'left' = 'left'

  constructor(counts: Record<keyof CallCounts, number>, subscriber: Subscriber<T>) {
    this.#counts = counts
    this.#subscriber = subscriber
    counts.running++
  }

  next(batch: T): void {
    this.#subscriber.next(batch)
  }

  error(error: unknown): void {
    this.#outcome = 'failed'
    this.#subscriber.error(error)
  }

  complete(): void {
    this.#outcome = 'completed'
    this.#subscriber.complete()
  }

  /** Called once, at whichever end. */
  unsubscribe(): void {
    this.#counts.running--
    this.#counts[this.#outcome]++
  }
}
