import { ApiError, type Batch, type Gate } from '@sluice/core'
import { guardObserver } from '@sluice/core/internal'
import type { Response, ResponseStreamEvent } from '@sluice/core/wire'
import { DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import { failureEvents } from './failure-events.ts'

/** What happens to a response on its way to the client. */
export interface SettledResponseOptions {
  readonly gate: Gate
  /** Members that are known better here than where the response was made. */
  readonly patch?: Partial<Response> | undefined
  /**
   * Keeps the response when it has come to its end; the end is held until then. `false` says that
   * it could not. Never rejects.
   */
  readonly keep?: ((response: Response, bytes: number) => Promise<boolean>) | undefined
  /** Told of a failure that the client learns from the stream. */
  readonly onBroken?: ((error: ApiError) => void) | undefined
}

const TERMINAL: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
])
/** Every event that carries the response itself has this; in a text the quotes would be escaped. */
const RESPONSE_KEY = Buffer.from('"response"')

/**
 * Sees the answer to a Responses call through: puts in what only the relay knows, keeps the
 * response before its end is told, and makes a failure in the midst of a stream its regular end,
 * `response.failed`. Events that do not carry the response pass unparsed. A failure before the
 * first batch stays one.
 */
export function settledResponse(
  answer: Observable<Batch>,
  options: SettledResponseOptions,
): Observable<Batch> {
  return new Observable((subscriber) => {
    const settler = new ResponseSettler(subscriber, options)
    return answer.subscribe(guardObserver(settler, (error) => subscriber.error(error)))
  })
}

class ResponseSettler {
  readonly #subscriber: Subscriber<Batch>
  readonly #options: SettledResponseOptions
  #response: Response | undefined
  #last: Batch | undefined
  #emitted = false
  /** Open while the end is being kept: what follows waits behind it. */
  #ended: 'no' | 'keeping' | 'yes' = 'no'
  #late: Batch[] = []
  #completed = false

  constructor(subscriber: Subscriber<Batch>, options: SettledResponseOptions) {
    this.#subscriber = subscriber
    this.#options = options
  }

  next(batch: Batch): void {
    if (this.#ended === 'keeping') this.#late.push(batch)
    else if (batch.framing === 'document') this.#document(batch)
    else if (batch.framing === 'events' && carriesResponse(batch.bytes)) this.#events(batch)
    else this.#emit(batch)
  }

  error(cause: unknown): void {
    const error = ApiError.from(cause)
    if (this.#ended !== 'no') this.complete()
    else if (!this.#emitted || this.#response === undefined) this.#subscriber.error(error)
    else this.#fail(error, this.#response)
  }

  complete(): void {
    this.#completed = true
    if (this.#ended === 'keeping') return
    if (this.#ended === 'yes' || !this.#emitted) this.#subscriber.complete()
    else {
      this.error(
        new ApiError('stream_incomplete', {
          message: 'The upstream ended its stream before the answer was complete.',
        }),
      )
    }
  }

  #document(batch: Batch): void {
    const given = batch.document() as Response
    const response = this.#patched(given)
    const { usage, bytes } = batch
    this.#end(response, bytes.length, (kept) =>
      kept === given ? batch : new DocumentBatch({ value: kept }, this.#options.gate, usage),
    )
  }

  #events(batch: Batch): void {
    const events = batch.chunks() as readonly ResponseStreamEvent[]
    const given = events.map((event) => this.#seen(event))
    const isSame = given.every((event, index) => event === events[index])
    const last = given.at(-1)
    const withLast = (kept: Response, original: Response) => {
      if (isSame && kept === original) return batch
      const replaced =
        kept === original ? given : [...given.slice(0, -1), { ...last!, response: kept }]
      return new TypedEventBatch({ events: replaced }, this.#options.gate, batch.usage)
    }
    const response = last?.['response'] as Response | undefined
    if (last === undefined || response === undefined || !TERMINAL.has(last.type)) {
      this.#emit(
        isSame ? batch : new TypedEventBatch({ events: given }, this.#options.gate, batch.usage),
      )
      return
    }
    this.#end(response, batch.bytes.length, (kept) => withLast(kept, response))
  }

  #seen(event: ResponseStreamEvent): ResponseStreamEvent {
    const response = event['response']
    if (typeof response !== 'object' || response === null) return event
    const patched = this.#patched(response as Response)
    this.#response = patched
    return patched === response ? event : { ...event, response: patched }
  }

  #patched(response: Response): Response {
    const { patch } = this.#options
    return patch === undefined ? response : { ...response, ...patch }
  }

  #end(response: Response, bytes: number, batchOf: (kept: Response) => Batch): void {
    const { keep } = this.#options
    if (keep === undefined) return this.#finish(batchOf(response))
    this.#ended = 'keeping'
    void keep(response, bytes).then((isKept) =>
      this.#finish(batchOf(isKept ? response : { ...response, store: false })),
    )
  }

  #finish(batch: Batch): void {
    this.#ended = 'yes'
    this.#emit(batch)
    const late = this.#late
    this.#late = []
    for (const one of late) this.#emit(one)
    if (this.#completed) this.#subscriber.complete()
  }

  #fail(error: ApiError, response: Response): void {
    this.#options.onBroken?.(error)
    const events = failureEvents(error, response, this.#nextSequence())
    const failed = events.at(-1)!['response'] as Response
    this.#completed = true
    this.#end(failed, 0, (kept) => {
      const told =
        kept === failed
          ? events
          : events.map((one) => ('response' in one ? { ...one, response: kept } : one))
      return new TypedEventBatch({ events: told }, this.#options.gate)
    })
  }

  #nextSequence(): number {
    const last = this.#last?.chunks().at(-1) as ResponseStreamEvent | undefined
    return typeof last?.sequence_number === 'number' ? last.sequence_number + 1 : 0
  }

  #emit(batch: Batch): void {
    this.#emitted = true
    if (batch.bytes.length > 0) this.#last = batch
    this.#subscriber.next(batch)
  }
}

function carriesResponse(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(RESPONSE_KEY)
}
