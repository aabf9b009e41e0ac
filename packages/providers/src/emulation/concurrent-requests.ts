import { guardObserver } from '@sluice/core/internal'
import pLimit from 'p-limit'
import type { Observable, Subscription } from 'rxjs'
import { unreadable } from '../response/upstream-response.ts'

/** Requests of one call that may be open at a time; the others wait for one of them to end. */
const CONCURRENCY = 4

/** Who is told what the requests of a call give. */
export interface RequestsOwner<Job, T> {
  /** Sends the request; called when its turn has come. */
  ask(job: Job): Observable<T>
  take(value: T, job: Job): void
  /** A request failed. Whoever is told stops the others. */
  fail(error: unknown): void
  /** Every request has completed. */
  finish(): void
}

/**
 * The several requests that one call becomes, a few at a time. `stop` drops those that wait and
 * closes those that are open.
 */
export class ConcurrentRequests<Job, T> {
  readonly #jobs: readonly Job[]
  readonly #owner: RequestsOwner<Job, T>
  readonly #limit = pLimit(CONCURRENCY)
  readonly #running = new Set<Subscription>()
  #left: number
  #stopped = false

  constructor(jobs: readonly Job[], owner: RequestsOwner<Job, T>) {
    this.#jobs = jobs
    this.#owner = owner
    this.#left = jobs.length
  }

  start(): void {
    for (const job of this.#jobs) void this.#limit(() => this.#run(job))
  }

  stop(): void {
    this.#stopped = true
    this.#limit.clearQueue()
    for (const subscription of this.#running) subscription.unsubscribe()
  }

  /**
   * Settles when the request is over in whatever way, so that the next may begin; never rejects.
   */
  #run(job: Job): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve()
      const observer = {
        next: (value: T) => this.#owner.take(value, job),
        error: (error: unknown) => this.#owner.fail(error),
        complete: () => {
          if (--this.#left === 0) this.#owner.finish()
        },
      }
      const guarded = guardObserver(observer, (error) => {
        this.#owner.fail(unreadable(error))
        this.stop()
      })
      const subscription = this.#owner.ask(job).subscribe(guarded)
      this.#running.add(subscription)
      subscription.add(() => {
        this.#running.delete(subscription)
        resolve()
      })
      // A request that failed while it was being subscribed to has stopped the others, but could
      // not stop itself.
      if (this.#stopped) subscription.unsubscribe()
    })
  }
}
