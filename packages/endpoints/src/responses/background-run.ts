import { ApiError, type Batch, type Gate } from '@sluice/core'
import { guardObserver, wordTable } from '@sluice/core/internal'
import type { Response, ResponseItem, ResponseStreamEvent } from '@sluice/core/wire'
import { TypedEventBatch } from '@sluice/sse-stream/internal'
import { Observable, type Subscription } from 'rxjs'
import { failedResponse, failureEvents } from './failure-events.ts'

/** What a background response is begun with. */
export interface BackgroundRunOptions {
  /** The response as it is shown at once, with the model as the client named it. */
  readonly draft: Response
  /** Bytes of events that may be gathered. */
  readonly maxBytes: number
  /** Told once, when the response has come to its end, however that was. */
  readonly onEnd: (failure: ApiError | undefined) => void
}

const TERMINAL = wordTable<string>({
  completed: 'response.completed',
  incomplete: 'response.incomplete',
  failed: 'response.failed',
})

/**
 * A response that is made while nobody need be listening. It gathers its events, numbered from its
 * own `response.created` and `response.queued` on, and gives them to whoever follows it, from
 * wherever they ask; nobody who leaves stops it. Its source is never made to wait, since the
 * gathered events are bounded.
 */
export class BackgroundRun {
  readonly #options: BackgroundRunOptions
  readonly #events: ResponseStreamEvent[] = []
  readonly #followers = new Set<() => void>()
  #response: Response
  #output: ResponseItem[] = []
  #subscription: Subscription | undefined
  #bytes = 0
  #isOver = false

  constructor(options: BackgroundRunOptions) {
    this.#options = options
    this.#response = options.draft
    this.#add('response.created', { response: options.draft })
    this.#add('response.queued', { response: options.draft })
  }

  /** The model as the client named it. */
  get model(): string {
    return this.#options.draft.model
  }

  /** The response as it stands, with the items that are whole. */
  get response(): Response {
    return this.#response
  }

  /** All events so far. */
  get events(): readonly ResponseStreamEvent[] {
    return this.#events
  }

  /** Bytes of the events so far. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Begins. Gives the failure where the call was refused on the spot; then there is no end to be
   * told of.
   */
  start(answer: Observable<Batch>): ApiError | undefined {
    let refusal: ApiError | undefined
    let isStarting = true
    const observer = {
      next: (batch: Batch) => {
        isStarting = false
        this.#take(batch)
      },
      error: (cause: unknown) => {
        if (isStarting) refusal = ApiError.from(cause)
        else this.#fail(ApiError.from(cause))
      },
      complete: () =>
        this.#fail(
          new ApiError('upstream_empty_response', { message: 'The upstream gave no answer.' }),
        ),
    }
    this.#subscription = answer.subscribe(
      guardObserver(observer, (error) => this.#fail(ApiError.from(error))),
    )
    isStarting = false
    if (this.#isOver) this.#subscription.unsubscribe()
    return refusal
  }

  /** Stops it where it stands; those who follow it see it end. Does nothing once it is over. */
  cancel(): void {
    if (this.#isOver) return
    this.#response = { ...this.#response, status: 'cancelled' }
    // There is no event of that name; a client that waits for an end gets the one that comes
    // nearest.
    this.#add('response.incomplete', { response: this.#response })
    this.#end(undefined)
  }

  /**
   * The events behind the one numbered `after`, those that are there at once, then each as it
   * comes.
   */
  follow(after: number, gate: Gate): Observable<Batch> {
    return new Observable((subscriber) => {
      let next = after + 1
      let takeBack: (() => void) | undefined
      const emit = () => {
        takeBack = undefined
        const fresh = this.#events.slice(next)
        next = Math.max(next, this.#events.length)
        if (fresh.length > 0) subscriber.next(new TypedEventBatch({ events: fresh }, gate))
        if (this.#isOver) subscriber.complete()
      }
      const pump = () => {
        if (takeBack === undefined)
          takeBack = gate.isOpen ? (emit(), undefined) : gate.whenOpen(emit)
      }
      this.#followers.add(pump)
      // The head of the answer leaves with the first batch, and there may be nothing to tell yet.
      subscriber.next(new TypedEventBatch({ events: [] }, gate))
      pump()
      return () => {
        this.#followers.delete(pump)
        takeBack?.()
      }
    })
  }

  #take(batch: Batch): void {
    if (this.#isOver) return
    this.#bytes += batch.bytes.length
    if (this.#bytes > this.#options.maxBytes) {
      const message = `The response is longer than the ${this.#options.maxBytes} bytes that are kept of one.`
      this.#fail(new ApiError('server_error', { message }))
      return
    }
    if (batch.framing === 'document') this.#finish(batch.document() as Response)
    else for (const event of batch.chunks() as readonly ResponseStreamEvent[]) this.#event(event)
    if (!this.#isOver) this.#tell()
  }

  #event(event: ResponseStreamEvent): void {
    if (this.#isOver) return
    const { type, response, item } = event
    if (typeof response === 'object' && response !== null) {
      const whole = response as Response
      if (TERMINAL.get(whole.status) === type) return this.#finish(whole)
      this.#response = { ...whole, output: this.#output }
    }
    // These have been told already, when there was nothing but the call.
    if (type === 'response.created' || type === 'response.queued') return
    if (type === 'response.output_item.done') {
      this.#output = [...this.#output, item as ResponseItem]
      this.#response = { ...this.#response, output: this.#output }
    }
    const { type: _type, sequence_number: _number, ...fields } = event
    this.#add(type, fields)
  }

  #finish(response: Response): void {
    this.#response = response
    this.#add(TERMINAL.get(response.status) ?? 'response.completed', { response })
    this.#end(undefined)
  }

  #fail(error: ApiError): void {
    if (this.#isOver) return
    this.#events.push(...failureEvents(error, this.#response, this.#events.length))
    this.#response = failedResponse(error, this.#response)
    this.#end(error)
  }

  #add(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#events.push({ type, sequence_number: this.#events.length, ...fields })
  }

  #end(failure: ApiError | undefined): void {
    this.#isOver = true
    this.#subscription?.unsubscribe()
    this.#tell()
    this.#options.onEnd(failure)
  }

  #tell(): void {
    for (const follower of this.#followers) follower()
  }
}
