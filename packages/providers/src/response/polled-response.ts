import { ApiError, type Batch, type Call, type Clock, type Timer } from '@sluice/core'
import { guardObserver } from '@sluice/core/internal'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable, type Subscriber, type Subscription } from 'rxjs'
import type { UpstreamRequest } from '../transport/send.ts'
import { operationResponse, type OperationResponseOptions } from './operation-response.ts'
import { unreadable } from './upstream-response.ts'

/** How it is asked whether an order is done. */
export interface PollOptions {
  readonly clock: Clock
  /** For the whole of it; 0 = no limit. */
  readonly limitMs: number
  /**
   * The next question after an answer; `undefined` when that is the last. Throws where the vendor
   * gave up.
   */
  next(document: unknown): UpstreamRequest | undefined
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5000
const GROWTH = 1.5
/**
 * Questions in a row that may fail: the order stands and is paid for, so that a stumble must not
 * lose it.
 */
const MAX_FAILURES = 4

/**
 * The answer of a vendor that takes an order and has to be asked until it is done, with growing
 * pauses from half a second to five. Unsubscribing stops the asking at once.
 */
export function polledResponse(
  call: Call,
  options: OperationResponseOptions,
  poll: PollOptions,
): Observable<Batch> {
  return new Observable((subscriber) => {
    const answer = new PolledAnswer(call, options, poll, subscriber)
    answer.start()
    return () => answer.stop()
  })
}

class PolledAnswer {
  readonly #call: Call
  readonly #options: OperationResponseOptions
  readonly #poll: PollOptions
  readonly #subscriber: Subscriber<Batch>
  readonly #startedMs: number
  #pauseMs = FIRST_PAUSE_MS
  #failures = 0
  #timer: Timer
  #running: Subscription | undefined
  #stopped = false

  constructor(
    call: Call,
    options: OperationResponseOptions,
    poll: PollOptions,
    subscriber: Subscriber<Batch>,
  ) {
    this.#call = call
    this.#options = options
    this.#poll = poll
    this.#subscriber = subscriber
    this.#startedMs = poll.clock.now()
  }

  start(): void {
    this.#ask(this.#call, this.#options.request, (error) => this.#subscriber.error(error))
  }

  stop(): void {
    this.#stopped = true
    this.#poll.clock.clearTimeout(this.#timer)
    this.#running?.unsubscribe()
  }

  #ask(call: Call, request: () => UpstreamRequest, onError: (error: unknown) => void): void {
    const { context, maxEventBytes } = this.#options
    const plain = {
      context,
      maxEventBytes,
      request,
      decode: (json: unknown) => json,
      usageOf: () => undefined,
    }
    let document: unknown
    const observer = {
      next: (batch: Batch) => (document = batch.document()),
      error: onError,
      complete: () => this.#onDocument(document),
    }
    const fail = (error: unknown) => this.#subscriber.error(unreadable(error))
    const running = operationResponse(call, plain).subscribe(guardObserver(observer, fail))
    if (this.#stopped) running.unsubscribe()
    else this.#running = running
  }

  #onDocument(document: unknown): void {
    this.#failures = 0
    try {
      const question = this.#poll.next(document)
      if (question === undefined) this.#finish(document)
      else this.#askLater(question)
    } catch (error) {
      this.#subscriber.error(unreadable(error))
    }
  }

  #askLater(question: UpstreamRequest): void {
    const { clock, limitMs } = this.#poll
    if (limitMs > 0 && clock.now() + this.#pauseMs - this.#startedMs > limitMs) {
      this.#subscriber.error(
        new ApiError('upstream_timeout', {
          message: 'The upstream did not finish its work in time.',
        }),
      )
      return
    }
    // Questions are no attempts at the call.
    const call = { ...this.#call, report: { ...this.#call.report } }
    const onError = (error: unknown) => this.#onFailure(error, question)
    this.#timer = clock.setTimeout(() => this.#ask(call, () => question, onError), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * GROWTH, LONGEST_PAUSE_MS)
  }

  #onFailure(error: unknown, question: UpstreamRequest): void {
    const mayPass = ApiError.is(error) && (error.status >= 500 || error.status === 429)
    if (!mayPass || ++this.#failures > MAX_FAILURES) this.#subscriber.error(error)
    else this.#askLater(question)
  }

  #finish(document: unknown): void {
    const { decode, asStream, usageOf, context } = this.#options
    const value = decode(document)
    const batches = asStream?.(value) ?? [
      new DocumentBatch({ value }, context.gate, usageOf(value)),
    ]
    for (const batch of batches) this.#subscriber.next(batch)
    this.#subscriber.complete()
  }
}
