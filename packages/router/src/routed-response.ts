import { ApiError, withCall, type Batch, type Call, type Clock, type Timer } from '@sluice/core'
import { ForwardingSubscriber, withIdempotencyPart } from '@sluice/core/internal'
import type { Observer, Subscriber, Unsubscribable } from 'rxjs'
import type { Health, Passage } from './circuit-breaker.ts'
import { fullJitterMs } from './full-jitter.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { Candidate } from './route-table.ts'
import { faultOfHandler, verdictOf, type Verdict } from './verdict-of.ts'

/** What all calls of a router have in common. */
export interface RoutingPolicy {
  /** Rounds after the first. */
  readonly retries: number
  readonly backoffMs: number
  /** Time that a call may spend waiting between rounds, altogether. */
  readonly maxRetryDelayMs: number
  readonly budget: RetryBudget
  readonly random: () => number
  readonly clock: Clock
  /** No more rounds begin once it is. */
  isClosed(): boolean
}

/**
 * How much a failure tells: our own refusal to ask, a target that is set up wrong, an upstream that
 * failed.
 */
type Weight = 0 | 1 | 2

/** While nobody knows when a place will be free. */
const FULL_RETRY_AFTER_MS = 1000

/**
 * The answer to one routed call. It asks one target after the other until one delivers its first
 * batch; from there on it only hands on. Observes its targets itself, without operators, because a
 * call whose first target answers must cost next to nothing.
 */
export class RoutedResponse implements Observer<Batch>, Unsubscribable {
  readonly #call: Call
  readonly #steps: readonly Candidate[]
  readonly #policy: RoutingPolicy
  readonly #subscriber: Subscriber<Batch>
  readonly #droppedBefore: number
  #round = 0
  #next = 0
  #stopped = false
  #delivered = false
  /** The target being asked, how it let the call in, and how its place is given back. */
  #step: Candidate | undefined
  #passage: Passage = 'call'
  #leave: (() => void) | undefined
  #running: TargetAttempt | undefined
  #leaveQueue: (() => void) | undefined
  #timer: Timer
  /**
   * When each target that may be asked again is ready for it; all that is known only after a
   * failure.
   */
  #readyAtMs: Map<Candidate, number> | undefined
  #roundAtMs = 0
  #waitedMs = 0
  #isPaid = false
  #failure: ApiError | undefined
  #failureWeight: Weight = 0
  #retryAfterMs: number | undefined

  constructor(
    call: Call,
    steps: readonly Candidate[],
    policy: RoutingPolicy,
    subscriber: Subscriber<Batch>,
  ) {
    this.#call = call
    this.#steps = steps
    this.#policy = policy
    this.#subscriber = subscriber
    this.#droppedBefore = call.report.droppedParams.length
  }

  start(): void {
    this.#policy.budget.deposit()
    this.#askNext()
  }

  /** The caller has left, or has all: nothing may go on below, in whatever phase. */
  unsubscribe(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#policy.clock.clearTimeout(this.#timer)
    this.#leaveQueue?.()
    this.#running?.unsubscribe()
    this.#settle('unknown')
  }

  next(batch: Batch): void {
    if (!this.#delivered) {
      this.#delivered = true
      if (this.#passage === 'probe') {
        // A probe that speaks has shown enough; at the end of a long stream everybody else would
        // have waited for it.
        this.#step?.target.circuit.leave('probe', 'success')
        this.#passage = 'call'
      }
    }
    this.#subscriber.next(batch)
  }

  complete(): void {
    if (!this.#delivered) {
      this.error(
        new ApiError('upstream_empty_response', {
          message: 'The upstream ended its answer before it began.',
        }),
      )
      return
    }
    this.#settle('success')
    this.#subscriber.complete()
  }

  error(thrown: unknown): void {
    const error = ApiError.from(thrown)
    const verdict = ApiError.is(thrown) ? verdictOf(error) : faultOfHandler
    const step = this.#step
    // That a repeat failed too is what the first failure already said.
    this.#settle(
      this.#round > 0 && this.#passage === 'call' && !this.#delivered ? 'unknown' : verdict.health,
    )
    if (this.#delivered || !verdict.tryNextTarget) {
      this.#subscriber.error(error)
      return
    }
    this.#note(error, verdict.repeats > 0 ? 2 : 1)
    if (step !== undefined) this.#allowRepeat(step, error, verdict)
    this.#askNext()
  }

  /** Asks the next target of this round that lets the call in. */
  #askNext(): void {
    if (this.#stopped) return
    while (this.#next < this.#steps.length) {
      const step = this.#steps[this.#next++]!
      if (this.#round > 0 && !this.#mayRepeat(step)) continue
      if (!step.target.supports(this.#call.operation)) this.#note(unsupported(this.#call), 1)
      else if (step.target.bulkhead === undefined ? this.#ask(step) : this.#queue(step)) return
    }
    this.#endRound()
  }

  /** Waits for a place at a target; false where it cannot be had. */
  #queue(step: Candidate): boolean {
    this.#leaveQueue = step.target.bulkhead!.enter((leave) => {
      this.#leaveQueue = undefined
      this.#leave = leave
      if (this.#ask(step)) return
      this.#giveBackPlace()
      this.#askNext()
    })
    if (this.#leaveQueue !== undefined) return true
    this.#note(
      new ApiError('overloaded', {
        message: 'Too many requests are waiting for this model.',
        retryAfterMs: FULL_RETRY_AFTER_MS,
      }),
      0,
    )
    return false
  }

  /** Asks a target; false where its circuit is open. */
  #ask(step: Candidate): boolean {
    const { target, model } = step
    const passage = target.circuit.enter()
    if (passage === undefined) return this.#refused(step)
    this.#step = step
    this.#passage = passage
    const { report } = this.#call
    report.provider = target.id
    report.model = model
    // What a target before this one would have left out says nothing of this one.
    if (report.droppedParams.length > this.#droppedBefore)
      report.droppedParams.length = this.#droppedBefore
    const attempt = new TargetAttempt(this)
    this.#running = attempt
    try {
      target.ask(this.#callFor(step)).subscribe(attempt)
    } catch (error) {
      attempt.error(error)
    }
    return true
  }

  /**
   * Another target is asked for something else: under the key of the first its vendor would refuse
   * it.
   */
  #callFor(step: Candidate): Call {
    const { target, model, isDrawn } = step
    const place = step === this.#steps[0] && !isDrawn ? 0 : `${target.id}/${model}`
    const headers = withIdempotencyPart(this.#call.headers, 'target', place)
    const isSame = model === this.#call.model && headers === this.#call.headers
    return isSame ? this.#call : withCall(this.#call, { model, headers })
  }

  #refused(step: Candidate): false {
    const retryAfterMs = Math.max(step.target.circuit.waitMs(), FULL_RETRY_AFTER_MS)
    this.#note(
      new ApiError('upstream_unavailable', {
        message: 'The upstream of this model keeps failing and is left alone for a moment.',
        retryAfterMs,
      }),
      0,
    )
    return false
  }

  #mayRepeat(step: Candidate): boolean {
    const readyAtMs = this.#readyAtMs?.get(step)
    if (readyAtMs === undefined || readyAtMs > this.#roundAtMs) return false
    if (!this.#isPaid && !this.#policy.budget.take()) return false
    this.#isPaid = false
    return true
  }

  #allowRepeat(step: Candidate, error: ApiError, verdict: Verdict): void {
    if (verdict.repeats <= this.#round) this.#readyAtMs?.delete(step)
    else
      (this.#readyAtMs ??= new Map()).set(
        step,
        this.#policy.clock.now() + (error.retryAfterMs ?? 0),
      )
  }

  /** All targets have been asked: begins another round after a pause, or gives up. */
  #endRound(): void {
    const { clock } = this.#policy
    const waitMs = this.#pauseMs()
    if (waitMs === undefined) {
      this.#giveUp()
      return
    }
    this.#waitedMs += waitMs
    this.#roundAtMs = clock.now() + waitMs
    this.#round++
    this.#next = 0
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined
      if (this.#policy.isClosed()) this.#giveUp()
      else this.#askNext()
    }, waitMs)
  }

  /**
   * How long to wait before another round, whose first repeat it pays for; `undefined` where none
   * may follow.
   */
  #pauseMs(): number | undefined {
    const { retries, backoffMs, maxRetryDelayMs, random, clock, budget } = this.#policy
    if (this.#readyAtMs === undefined || this.#round >= retries || this.#policy.isClosed())
      return undefined
    const now = clock.now()
    let soonestMs = Infinity
    for (const [step, readyAtMs] of this.#readyAtMs) {
      soonestMs = Math.min(soonestMs, Math.max(readyAtMs - now, step.target.circuit.waitMs()))
    }
    const leftMs = maxRetryDelayMs - this.#waitedMs
    if (soonestMs > leftMs) return undefined
    if (!this.#isPaid) this.#isPaid = budget.take()
    if (!this.#isPaid) return undefined
    return Math.min(leftMs, Math.max(0, soonestMs) + fullJitterMs(backoffMs, this.#round, random))
  }

  /**
   * Keeps the failure that tells most, with the longest wait that upstreams asked for, or the
   * shortest of our own.
   */
  #note(error: ApiError, weight: Weight): void {
    if (weight === 0 && this.#failureWeight > 0) return
    if (weight > 0 && this.#failureWeight === 0) this.#retryAfterMs = undefined
    if (error.retryAfterMs !== undefined) {
      const pick = weight === 0 ? Math.min : Math.max
      this.#retryAfterMs = pick(this.#retryAfterMs ?? error.retryAfterMs, error.retryAfterMs)
    }
    if (weight < this.#failureWeight) return
    this.#failure = error
    this.#failureWeight = weight
  }

  #giveUp(): void {
    this.#subscriber.error(
      withRetryAfter(this.#failure ?? unsupported(this.#call), this.#retryAfterMs),
    )
  }

  #settle(health: Health): void {
    const step = this.#step
    if (step === undefined) return
    this.#step = undefined
    this.#running = undefined
    step.target.circuit.leave(this.#passage, health)
    this.#giveBackPlace()
  }

  #giveBackPlace(): void {
    const leave = this.#leave
    this.#leave = undefined
    leave?.()
  }
}

function unsupported(call: Call): ApiError {
  return new ApiError('unsupported_endpoint', {
    message: `The model \`${call.model}\` does not offer ${call.operation}.`,
    param: 'model',
  })
}

function withRetryAfter(error: ApiError, retryAfterMs: number | undefined): ApiError {
  if (retryAfterMs === error.retryAfterMs) return error
  const { message, param, status, type, wireCode, headers, native, cause } = error
  return new ApiError(error.code, {
    message,
    param,
    status,
    type,
    wireCode,
    headers,
    native,
    cause,
    retryAfterMs,
  })
}

/** One target being asked: hands on what it says for as long as it is the one. */
class TargetAttempt extends ForwardingSubscriber<Batch> {
  readonly #answer: RoutedResponse

  constructor(answer: RoutedResponse) {
    super()
    this.#answer = answer
  }

  protected onNext(batch: Batch): void {
    this.#answer.next(batch)
  }

  protected onError(error: unknown): void {
    this.#answer.error(error)
  }

  protected onComplete(): void {
    this.#answer.complete()
  }
}
