import type { Batch, Call, CallReport } from '@sluice/core'
import type { SharedResponse } from '@sluice/sse-stream'
import type { TapObserver } from 'rxjs'
import type { ResponseRecorder } from './response-recorder.ts'
import { askedForm, type RequestedForm } from '../form/requested-form.ts'

/**
 * A call under way whose answer others may share; as an observer of that answer it records it. A
 * class, and not literals with functions in them: those can come to be made in old space, where all
 * that they refer to outlives the request until the next full collection.
 */
export class InFlightCall implements Partial<TapObserver<Batch>> {
  readonly key: string
  readonly call: Call
  readonly came: RequestedForm
  readonly recorder: ResponseRecorder
  /** What others join; set once it is put together around this. */
  answer: SharedResponse | undefined
  readonly #onEnd: (flight: InFlightCall, isWhole: boolean) => void

  /** `onEnd` is told when the answer has completed, and in any case when nothing more will come. */
  constructor(
    key: string,
    call: Call,
    recorder: ResponseRecorder,
    onEnd: (flight: InFlightCall, isWhole: boolean) => void,
  ) {
    this.key = key
    this.call = call
    this.came = askedForm(call)
    this.recorder = recorder
    this.#onEnd = onEnd
  }

  next(batch: Batch): void {
    this.recorder.add(batch)
  }

  complete(): void {
    this.#onEnd(this, true)
  }

  finalize(): void {
    this.#onEnd(this, false)
  }
}

/** Tells the report of a caller that joined who answered, once the call that it shares knows. */
export class FollowerReport implements Partial<TapObserver<Batch>> {
  readonly #report: CallReport
  readonly #source: CallReport
  #isKnown = false

  constructor(report: CallReport, source: CallReport) {
    this.#report = report
    this.#source = source
  }

  next(): void {
    if (!this.#isKnown) this.#learn()
  }

  error(): void {
    if (!this.#isKnown) this.#learn()
  }

  #learn(): void {
    this.#isKnown = true
    const { provider, model, droppedParams } = this.#source
    if (provider !== undefined) this.#report.provider = provider
    if (model !== undefined) this.#report.model = model
    this.#report.droppedParams = [...droppedParams]
  }
}
