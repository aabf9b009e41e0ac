import type { Clock, Timer } from '@sluice/core'

/** What an upstream may take its time for; each has its own limit, in milliseconds. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connectMs: number
  /** From the connection to the status line, of a streamed answer. */
  readonly headersMs: number
  /**
   * From the status line to the first thing that a user could see, of a streamed answer. A model
   * may think for minutes before; whether the vendor is alive meanwhile, `idleMs` tells.
   */
  readonly firstTokenMs: number
  /** Between two reads of a streamed answer: comments, pings and empty events count as well. */
  readonly idleMs: number
  /** For a whole answer that is not streamed. */
  readonly totalMs: number
  /** For a whole streamed answer; 0 = no limit. */
  readonly totalStreamMs: number
}

/** What the limits are where nothing else is said. */
export const defaultTimeouts: Timeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  firstTokenMs: 600_000,
  idleMs: 120_000,
  totalMs: 600_000,
  totalStreamMs: 0,
}

/** One phase of an upstream request. */
export type TimedPhase = 'connect' | 'headers' | 'firstToken' | 'idle' | 'total' | 'drain'

/** Who is told that a phase has taken too long. */
export interface DeadlineOwner {
  onExpired(phase: TimedPhase): void
}

/**
 * Watches one upstream request with a single timer, whatever phase it is in. Activity only notes
 * the time; the timer, when it fires, looks whether the limit has really passed and else sets
 * itself again, so that a token costs nothing.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #owner: DeadlineOwner
  #phase: TimedPhase = 'connect'
  /** When the phase has lasted too long, and when the silence in it. */
  #dueMs = Infinity
  #idleDueMs = Infinity
  #totalDueMs = Infinity
  #idleMs = 0
  #timer: Timer
  #timerDueMs = Infinity
  #paused = false

  constructor(clock: Clock, owner: DeadlineOwner) {
    this.#clock = clock
    this.#owner = owner
  }

  /** Begins with a phase; `totalMs` is a limit over all phases. 0 or Infinity = none. */
  start(phase: TimedPhase, limitMs: number, totalMs: number): void {
    const now = this.#clock.now()
    if (totalMs > 0 && totalMs < Infinity) this.#totalDueMs = now + totalMs
    this.#begin(phase, limitMs, 0, now)
  }

  /**
   * Begins a phase that ends of itself after `limitMs`, and after `idleMs` without a `touch`; 0 =
   * no limit.
   */
  enter(phase: TimedPhase, limitMs: number, idleMs = 0): void {
    this.#begin(phase, limitMs, idleMs, this.#clock.now())
  }

  #begin(phase: TimedPhase, limitMs: number, idleMs: number, now: number): void {
    this.#phase = phase
    this.#dueMs = limitMs > 0 ? now + limitMs : Infinity
    this.#idleMs = idleMs
    this.#idleDueMs = idleMs > 0 ? now + idleMs : Infinity
    this.#arm(now)
  }

  /** Something came. */
  touch(): void {
    if (this.#idleMs > 0) this.#idleDueMs = this.#clock.now() + this.#idleMs
  }

  /** While the reader makes the upstream wait, its silence is not its fault. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.touch()
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerDueMs = Infinity
    this.#dueMs = Infinity
    this.#idleDueMs = Infinity
    this.#totalDueMs = Infinity
  }

  #arm(now: number): void {
    const due = Math.min(this.#dueMs, this.#idleDueMs, this.#totalDueMs)
    // A timer that fires too early costs one look; only one that would fire too late must be
    // replaced.
    if (due >= this.#timerDueMs || due === Infinity) return
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timerDueMs = due
    this.#timer = this.#clock.setTimeout(this.#fire, Math.max(0, Math.ceil(due - now)))
  }

  readonly #fire = (): void => {
    this.#timer = undefined
    this.#timerDueMs = Infinity
    const now = this.#clock.now()
    if (this.#paused && this.#idleMs > 0)
      this.#idleDueMs = Math.max(this.#idleDueMs, now + this.#idleMs)
    if (now >= this.#totalDueMs) this.#owner.onExpired('total')
    else if (now >= this.#dueMs) this.#owner.onExpired(this.#phase)
    else if (now >= this.#idleDueMs) this.#owner.onExpired('idle')
    else this.#arm(now)
  }
}
