/** What a timer returns, to be handed back to `clearTimeout`. */
export type Timer = unknown

/**
 * Time as an argument, so that tests need not wait. `now` is monotonic; `wall` follows the
 * calendar.
 */
export interface Clock {
  /** Milliseconds from a fixed point, never going back. */
  now(): number
  /** Milliseconds since 1970, UTC. */
  wall(): number
  /** Calls back once after `delayMs`. Never keeps the process alive by itself. */
  setTimeout(callback: () => void, delayMs: number): Timer
  clearTimeout(timer: Timer): void
}

/** The process's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout(callback, delayMs) {
    const timer: unknown = setTimeout(callback, delayMs)
    // Node's timers hold the process open unless told otherwise; browsers hand out plain numbers.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer)
      (timer as { unref(): void }).unref()
    return timer
  },
  clearTimeout: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
}
