import type { Call, Clock } from '@sluice/core'
import { isPromiseLike } from '@sluice/core/internal'
import type { CacheEntry } from './cache-entry.ts'
import type { CacheStore } from './cache-store.ts'

/** What it takes to live with a store that fails. */
export interface ForgivingStoreOptions {
  /** A store that takes longer counts as failed. */
  readonly timeoutMs: number
  readonly clock: Clock
  /** Hears of every failure, with the call that the store was asked for. Never throws. */
  readonly onFailure: (error: unknown, call: Call) => void
}

/**
 * A store that never throws, rejects or hangs: what fails or takes too long counts as not stored.
 * Still answers at once where the store does.
 */
export class FailOpenStore {
  readonly #store: CacheStore
  readonly #options: ForgivingStoreOptions

  constructor(store: CacheStore, options: ForgivingStoreOptions) {
    this.#store = store
    this.#options = options
  }

  get(key: string, call: Call): CacheEntry | undefined | Promise<CacheEntry | undefined> {
    // Without a function for each: this runs for every request.
    try {
      const found = this.#store.get(key)
      return isPromiseLike(found) ? this.#settled(found, call) : found
    } catch (error) {
      this.#options.onFailure(error, call)
      return undefined
    }
  }

  set(key: string, entry: CacheEntry, ttlMs: number, call: Call): void | Promise<void> {
    return this.#attempt(() => this.#store.set(key, entry, ttlMs), call)
  }

  delete(key: string, call: Call): void | Promise<void> {
    return this.#attempt(() => this.#store.delete(key), call)
  }

  #attempt(action: () => void | PromiseLike<void>, call: Call): undefined | Promise<undefined> {
    try {
      const done = action()
      if (isPromiseLike(done)) return this.#settled(done, call).then(() => undefined)
    } catch (error) {
      this.#options.onFailure(error, call)
    }
    return undefined
  }

  #settled<T>(promise: PromiseLike<T>, call: Call): Promise<T | undefined> {
    const { clock, timeoutMs, onFailure } = this.#options
    return new Promise((resolve) => {
      let pending = true
      const settle = (value: T | undefined) => {
        pending = false
        clock.clearTimeout(timer)
        resolve(value)
      }
      const giveUp = (error: unknown) => {
        // Told of once: what comes after the time is up has been given up already.
        if (!pending) return
        settle(undefined)
        onFailure(error, call)
      }
      const timer = clock.setTimeout(
        () => giveUp(new Error(`The cache store did not answer within ${timeoutMs} ms.`)),
        timeoutMs,
      )
      // By way of a promise of our own, because `then` of a foreign one may throw.
      Promise.resolve(promise).then(settle, giveUp)
    })
  }
}
