import type { Clock, Timer } from '@sluice/core'

/** Time that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Map<object, { readonly callback: () => void; readonly atMs: number }>()

  now(): number {
    return this.#now
  }

  wall(): number {
    return Date.UTC(2026, 0, 1) + this.#now
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const timer = {}
    this.#timers.set(timer, { callback, atMs: this.#now + delayMs })
    return timer
  }

  clearTimeout(timer: Timer): void {
    this.#timers.delete(timer as object)
  }

  /** Lets time pass; what falls due is called. */
  advance(ms: number): void {
    this.#now += ms
    for (const [timer, { callback, atMs }] of this.#timers) {
      if (atMs > this.#now) continue
      this.#timers.delete(timer)
      callback()
    }
  }
}
