import type { Clock } from '@sluice/core'

/** When a target that keeps failing is left alone. */
export interface CircuitBreakerOptions {
  /**
   * The circuit opens when more than this share of the calls failed; a 429 counts half.
   * @defaultValue 0.5
   */
  readonly failureRatio?: number | undefined
  /** With fewer calls than this in the window it stays closed. @defaultValue 20 */
  readonly minimumCalls?: number | undefined
  /** How far back calls are counted. @defaultValue 10_000 */
  readonly windowMs?: number | undefined
  /** How long nobody is let through, before one call tries again. @defaultValue 3_000 */
  readonly cooldownMs?: number | undefined
}

/**
 * What an ended answer says about the upstream: `soft` is half a failure, `unknown` says nothing.
 */
export type Health = 'success' | 'throttled' | 'failure' | 'unknown'

/** How a call was let in; while the circuit is open, only what comes of a probe counts. */
export type Passage = 'call' | 'probe'

const SLOTS = 10
const WEIGHT: Readonly<Record<Exclude<Health, 'unknown'>, number>> = {
  success: 0,
  throttled: 0.5,
  failure: 1,
}

/**
 * Watches how the answers of one target end and, when too many fail, keeps calls away from it for a
 * while. Nothing runs by itself: the state is looked at when a call comes and changed when one
 * ends.
 */
export class CircuitBreaker {
  readonly #clock: Clock
  readonly #failureRatio: number
  readonly #minimumCalls: number
  readonly #slotMs: number
  readonly #cooldownMs: number
  readonly #calls = new Float64Array(SLOTS)
  readonly #failures = new Float64Array(SLOTS)
  #slot = 0
  /** When the next probe may pass, while the circuit is open. */
  #probeAtMs: number | undefined

  constructor(options: CircuitBreakerOptions, clock: Clock) {
    this.#clock = clock
    this.#failureRatio = options.failureRatio ?? 0.5
    this.#minimumCalls = options.minimumCalls ?? 20
    this.#slotMs = (options.windowMs ?? 10_000) / SLOTS
    this.#cooldownMs = options.cooldownMs ?? 3000
  }

  /** How long no call will be let in; 0 = the next one will. */
  waitMs(): number {
    return this.#probeAtMs === undefined ? 0 : Math.max(0, this.#probeAtMs - this.#clock.now())
  }

  /** Lets a call in, or not. Each passage must be handed back to `leave` once. */
  enter(): Passage | undefined {
    if (this.#probeAtMs === undefined) return 'call'
    const now = this.#clock.now()
    if (now < this.#probeAtMs) return undefined
    // A probe that neither answers nor fails must not keep everybody out: after another cooldown
    // the next one passes.
    this.#probeAtMs = now + this.#cooldownMs
    return 'probe'
  }

  /** Says how the answer to a call that was let in has ended. */
  leave(passage: Passage, health: Health): void {
    if (this.#probeAtMs === undefined) {
      if (health !== 'unknown') this.#count(WEIGHT[health])
    } else if (passage === 'probe') {
      if (health === 'failure') this.#open()
      else if (health === 'unknown') this.#probeAtMs = this.#clock.now()
      else this.#close()
    }
  }

  #count(failed: number): void {
    const slot = Math.floor(this.#clock.now() / this.#slotMs)
    for (let stale = Math.max(this.#slot + 1, slot - SLOTS + 1); stale <= slot; stale++) {
      this.#calls[stale % SLOTS] = 0
      this.#failures[stale % SLOTS] = 0
    }
    this.#slot = Math.max(this.#slot, slot)
    this.#calls[this.#slot % SLOTS]! += 1
    this.#failures[this.#slot % SLOTS]! += failed
    if (failed === 0) return
    let calls = 0
    let failures = 0
    for (let at = 0; at < SLOTS; at++) {
      calls += this.#calls[at]!
      failures += this.#failures[at]!
    }
    if (calls >= this.#minimumCalls && failures / calls > this.#failureRatio) this.#open()
  }

  #open(): void {
    this.#probeAtMs = this.#clock.now() + this.#cooldownMs
  }

  #close(): void {
    this.#probeAtMs = undefined
    this.#calls.fill(0)
    this.#failures.fill(0)
  }
}
