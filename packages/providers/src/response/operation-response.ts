import { ApiError, type Batch, type Call } from '@sluice/core'
import type { CompletionUsage } from '@sluice/core/wire'
import { BinaryBatch, DocumentBatch, concatBytes } from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import type { UpstreamRequest } from '../transport/send.ts'
import type { ResponseReader } from './response-reader.ts'
import { EventStream, type StreamRules } from './event-stream-reader.ts'
import type { ResponseContext, ResponseHead, ResponseOwner } from './response-context.ts'
import { invalid, unreadable, UpstreamResponse } from './upstream-response.ts'

/** An answer that is not JSON. */
export interface PlainForm {
  /** Its media type where the upstream names none. */
  readonly contentType: string
  /** Makes it of a whole answer, for upstreams that give JSON all the same. */
  of?(document: unknown): Uint8Array
}

/** What it takes to answer a call whose upstream gives a document, a stream of events, or bytes. */
export interface OperationResponseOptions {
  readonly context: ResponseContext
  readonly maxEventBytes: number
  readonly request: () => UpstreamRequest
  /**
   * The document as OpenAI gives it, the very same where nothing had to change; throws where it
   * cannot be read.
   */
  readonly decode: (json: unknown) => unknown
  readonly usageOf: (document: unknown) => CompletionUsage | undefined
  /** How a stream is read; absent where the caller asked for none. */
  readonly stream?: (() => StreamRules) | undefined
  /** The stream that a whole answer becomes where the caller asked for one. */
  readonly asStream?: ((document: unknown) => readonly Batch[]) | undefined
  /** The caller asked for something else than JSON. */
  readonly plain?: PlainForm | undefined
}

/**
 * The answer to a call of one request: in the form that the caller asked for, whichever the
 * upstream gives.
 */
export function operationResponse(
  call: Call,
  options: OperationResponseOptions,
): Observable<Batch> {
  return new Observable((subscriber) => {
    const answer = new OperationAnswer(call, options, subscriber)
    answer.start()
    return () => answer.stop()
  })
}

class OperationAnswer implements ResponseOwner {
  readonly #call: Call
  readonly #options: OperationResponseOptions
  readonly #subscriber: Subscriber<Batch>
  readonly #upstream: UpstreamResponse
  readonly takesAnyBytes: boolean
  hasEmitted = false

  constructor(call: Call, options: OperationResponseOptions, subscriber: Subscriber<Batch>) {
    this.#call = call
    this.#options = options
    this.#subscriber = subscriber
    this.takesAnyBytes = options.plain !== undefined
    this.#upstream = new UpstreamResponse(options.context, this)
  }

  start(): void {
    this.#upstream.start(this.#call.report, this.#options.request)
  }

  stop(): void {
    this.#upstream.stop()
  }

  open(head: ResponseHead): ResponseReader {
    const { plain, stream } = this.#options
    const media = mediaType(head)
    const isJson = media === undefined ? head.looksLike === 'json' : /\bjson$/.test(media.essence)
    if (plain !== undefined && !isJson) return this.#plainReader(media?.text ?? plain.contentType)
    if (stream !== undefined && head.looksLike === 'events') return this.#streamReader(stream())
    return this.#upstream.body((bytes) =>
      this.#upstream.parse(bytes, (json) => this.#document(json, bytes)),
    )
  }

  fail(error: ApiError): void {
    this.#subscriber.error(error)
  }

  #emit(batch: Batch): void {
    if (!this.hasEmitted) this.#upstream.onFirstToken()
    this.hasEmitted = true
    this.#subscriber.next(batch)
  }

  #streamReader(rules: StreamRules): ResponseReader {
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
    return new EventStream(rules, owner, {
      gate: context.gate,
      errors: context.errors,
      maxEventBytes,
    })
  }

  #plainReader(contentType: string): ResponseReader {
    const { gate } = this.#options.context
    return {
      turn: (pieces) => this.#emit(new BinaryBatch(concatBytes(pieces), contentType, gate)),
      end: () => {
        // The text of silence is empty; a sound is not.
        if (!this.hasEmitted && !contentType.startsWith('text/')) {
          return this.fail(
            new ApiError('upstream_empty_response', {
              message: 'The upstream gave an empty answer.',
            }),
          )
        }
        if (!this.hasEmitted) this.#emit(new BinaryBatch(new Uint8Array(0), contentType, gate))
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
      else if (plain === undefined)
        batches = [new DocumentBatch({ value, bytes: own }, context.gate, usageOf(value))]
      else if (plain.of !== undefined)
        batches = [new BinaryBatch(plain.of(value), plain.contentType, context.gate)]
      else
        return this.fail(invalid('The upstream gave JSON where it was asked for something else.'))
    } catch (error) {
      return this.fail(unreadable(error))
    }
    for (const batch of batches) this.#subscriber.next(batch)
    this.#subscriber.complete()
  }
}

/** What the upstream calls its answer; what could end a header is not handed on. */
function mediaType(
  head: ResponseHead,
): { readonly text: string; readonly essence: string } | undefined {
  const text = String(head.headers['content-type'] ?? '')
  const essence = /^\s*([\w.+-]+\/[\w.+-]+)\s*(?:;[\x20-\x7e]*)?$/.exec(text)?.[1]
  return essence === undefined ? undefined : { text: text.trim(), essence: essence.toLowerCase() }
}
