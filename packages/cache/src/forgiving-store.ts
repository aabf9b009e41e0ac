import type { Clock } from '@sluice/core'
import type { CacheEntry } from './cache-entry.ts'
import type { CacheStore } from './cache-store.ts'

/** What it takes to live with a store that fails. */
export interface ForgivingStoreOptions {
  /** A store that takes longer counts as failed. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly onError?: ((error: unknown) => void) | undefined
}

/** A store that never throws, rejects or hangs: what fails or takes too long counts as not stored. Still answers at once where the store does. */
export class ForgivingStore implements CacheStore {
  readonly #store: CacheStore
  readonly #options: ForgivingStoreOptions

  constructor(store: CacheStore, options: ForgivingStoreOptions) {
    this.#store = store
    this.#options = options
  }

  get(key: string): CacheEntry | undefined | Promise<CacheEntry | undefined> {
    // Without a function for each: this runs for every request.
    let found: ReturnType<CacheStore['get']>
    try {
      found = this.#store.get(key)
    } catch (error) {
      this.#report(error)
      return undefined
    }
    return isPromise(found) ? this.#settled(found) : found
  }

  set(key: string, entry: CacheEntry, ttlMs: number): void | Promise<void> {
    return this.#attempt(() => this.#store.set(key, entry, ttlMs))
  }

  delete(key: string): void | Promise<void> {
    return this.#attempt(() => this.#store.delete(key))
  }

  #attempt<T>(action: () => T | Promise<T>): T | undefined | Promise<T | undefined> {
    let result: T | Promise<T>
    try {
      result = action()
    } catch (error) {
      this.#report(error)
      return undefined
    }
    return isPromise(result) ? this.#settled(result) : result
  }

  #settled<T>(promise: PromiseLike<T>): Promise<T | undefined> {
    const { clock, timeoutMs } = this.#options
    return new Promise((resolve) => {
      const giveUp = (error: unknown) => {
        clock.clearTimeout(timer)
        this.#report(error)
        resolve(undefined)
      }
      const timer = clock.setTimeout(
        () => giveUp(new Error(`The cache store did not answer within ${timeoutMs} ms.`)),
        timeoutMs,
      )
      promise.then((value) => {
        clock.clearTimeout(timer)
        resolve(value)
      }, giveUp)
    })
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error)
    } catch {
      // A listener that fails must not fail the call that it is told about.
    }
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
