import { ApiError, type Batch, type Call, type CompletionUsage } from '@sluice/core'
import { BinaryBatch, DocumentBatch, join } from '@sluice/sse-stream'
import { Observable, type Subscriber } from 'rxjs'
import type { UpstreamRequest } from '../transport/send.ts'
import type { AnswerReader } from './answer-reader.ts'
import { EventStream, type StreamRules } from './event-stream.ts'
import {
  invalid,
  unreadable,
  UpstreamAnswer,
  type AnswerContext,
  type AnswerHead,
  type AnswerOwner,
} from './upstream-answer.ts'

/** An answer that is not JSON. */
export interface PlainForm {
  /** Its media type where the upstream names none. */
  readonly contentType: string
  /** Makes it of a whole answer, for upstreams that give JSON all the same. */
  of?(document: unknown): Uint8Array
}

/** What it takes to answer a call whose upstream gives a document, a stream of events, or bytes. */
export interface OperationAnswerOptions {
  readonly context: AnswerContext
  readonly maxEventBytes: number
  readonly request: () => UpstreamRequest
  /** The document as OpenAI gives it, the very same where nothing had to change; throws where it cannot be read. */
  readonly decode: (json: unknown) => unknown
  readonly usageOf: (document: unknown) => CompletionUsage | undefined
  /** How a stream is read; absent where the caller asked for none. */
  readonly stream?: (() => StreamRules) | undefined
  /** The stream that a whole answer becomes where the caller asked for one. */
  readonly asStream?: ((document: unknown) => readonly Batch[]) | undefined
  /** The caller asked for something else than JSON. */
  readonly plain?: PlainForm | undefined
}

/** The answer to a call of one request: in the form that the caller asked for, whichever the upstream gives. */
export function operationAnswer(call: Call, options: OperationAnswerOptions): Observable<Batch> {
  return new Observable((subscriber) => {
    const answer = new OperationAnswer(call, options, subscriber)
    answer.start()
    return () => answer.stop()
  })
}

class OperationAnswer implements AnswerOwner {
  readonly #call: Call
  readonly #options: OperationAnswerOptions
  readonly #subscriber: Subscriber<Batch>
  readonly #upstream: UpstreamAnswer
  readonly takesAnyBytes: boolean
  delivered = false

  constructor(call: Call, options: OperationAnswerOptions, subscriber: Subscriber<Batch>) {
    this.#call = call
    this.#options = options
    this.#subscriber = subscriber
    this.takesAnyBytes = options.plain !== undefined
    this.#upstream = new UpstreamAnswer(options.context, this)
  }

  start(): void {
    this.#upstream.start(this.#call.report, this.#options.request)
  }

  stop(): void {
    this.#upstream.stop()
  }

  open(head: AnswerHead): AnswerReader {
    const { plain, stream } = this.#options
    const media = mediaType(head)
    const isJson = media === undefined ? head.looksLike === 'json' : /\bjson$/.test(media.essence)
    if (plain !== undefined && !isJson) return this.#plainReader(media?.text ?? plain.contentType)
    if (stream !== undefined && head.looksLike === 'events') return this.#streamReader(stream())
    return this.#upstream.body((bytes) => this.#upstream.parse(bytes, (json) => this.#document(json, bytes)))
  }

  fail(error: ApiError): void {
    this.#subscriber.error(error)
  }

  #emit(batch: Batch): void {
    if (!this.delivered) this.#upstream.spoke()
    this.delivered = true
    this.#subscriber.next(batch)
  }

  #streamReader(rules: StreamRules): AnswerReader {
    const { context, maxEventBytes } = this.#options
    const owner = {
      emit: (batch: Batch) => this.#emit(batch),
      ended: () => this.#upstream.expectEnd(),
      complete: () => this.#subscriber.complete(),
      fail: (error: ApiError) => {
        this.#upstream.stop()
        this.fail(error)
      },
    }
    return new EventStream(rules, owner, { gate: context.gate, errors: context.errors, maxEventBytes })
  }

  #plainReader(contentType: string): AnswerReader {
    const { gate } = this.#options.context
    return {
      turn: (pieces) => this.#emit(new BinaryBatch(join(pieces), contentType, gate)),
      end: () => {
        // The text of silence is empty; a sound is not.
        if (!this.delivered && !contentType.startsWith('text/')) {
          return this.fail(new ApiError('upstream_empty_response', { message: 'The upstream gave an empty answer.' }))
        }
        if (!this.delivered) this.#emit(new BinaryBatch(new Uint8Array(0), contentType, gate))
        this.#subscriber.complete()
      },
    }
  }

  #document(json: unknown, bytes: Uint8Array): void {
    const { context, decode, plain, asStream, usageOf } = this.#options
    let batches: readonly Batch[]
    try {
      const value = decode(json)
      const own = value === json ? bytes : undefined
      if (asStream !== undefined) batches = asStream(value)
      else if (plain === undefined) batches = [new DocumentBatch({ value, bytes: own }, context.gate, usageOf(value))]
      else if (plain.of !== undefined) batches = [new BinaryBatch(plain.of(value), plain.contentType, context.gate)]
      else return this.fail(invalid('The upstream gave JSON where it was asked for something else.'))
    } catch (error) {
      return this.fail(unreadable(error))
    }
    for (const batch of batches) this.#subscriber.next(batch)
    this.#subscriber.complete()
  }
}

/** What the upstream calls its answer; what could end a header is not handed on. */
function mediaType(head: AnswerHead): { readonly text: string; readonly essence: string } | undefined {
  const text = String(head.headers['content-type'] ?? '')
  const essence = /^\s*([\w.+-]+\/[\w.+-]+)\s*(?:;[\x20-\x7e]*)?$/.exec(text)?.[1]
  return essence === undefined ? undefined : { text: text.trim(), essence: essence.toLowerCase() }
}
