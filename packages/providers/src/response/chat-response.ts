import { ApiError, type Batch, type Call } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@sluice/core/wire'
import {
  CompletionAccumulator,
  ChunkAssembler,
  ChatStreamDecoder,
  ChunkBatch,
  completionChunks,
  DocumentBatch,
  normalizeUsage,
  type ChatEnvelope,
  type KnownEvents,
  type BufferPool,
} from '@sluice/sse-stream/internal'
import { Observable, type Subscriber, type Unsubscribable } from 'rxjs'
import type { ChatDialect, EncodeContext } from '../vendor-spec/provider-spec.ts'
import type { UpstreamRequest } from '../transport/send.ts'
import type { ResponseReader } from './response-reader.ts'
import { redactError } from './errors/redact-error.ts'
import type { ResponseContext, ResponseHead, ResponseOwner } from './response-context.ts'
import { invalid, UpstreamResponse } from './upstream-response.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>
type ChatCall = Call<'chat.completions'>

/** What it takes to answer a chat call from an upstream. */
export interface ChatResponseOptions {
  readonly dialect: ChatDialect
  readonly context: ResponseContext
  /** Made only for an answer that has none of its own. */
  envelope(): ChatEnvelope
  readonly maxEventBytes: number
  readonly buffers: BufferPool
  readonly known: KnownEvents
  /** Written when the answer is subscribed to, so that an unused one costs nothing. */
  request(): UpstreamRequest
}

/**
 * The answer to a chat call: streamed or whole as the caller asked, whichever of the two the
 * upstream gives.
 */
export function chatResponse(call: ChatCall, options: ChatResponseOptions): Observable<ChatBatch> {
  return new Observable((subscriber) => {
    const answer = new ChatResponse(call, options, subscriber)
    answer.start()
    return answer
  })
}

class ChatResponse implements ResponseOwner, Unsubscribable {
  readonly #call: ChatCall
  readonly #options: ChatResponseOptions
  readonly #subscriber: Subscriber<ChatBatch>
  readonly #upstream: UpstreamResponse
  hasEmitted = false

  constructor(call: ChatCall, options: ChatResponseOptions, subscriber: Subscriber<ChatBatch>) {
    this.#call = call
    this.#options = options
    this.#subscriber = subscriber
    this.#upstream = new UpstreamResponse(options.context, this)
  }

  start(): void {
    this.#upstream.start(this.#call.report, () => this.#options.request())
  }

  unsubscribe(): void {
    this.#upstream.stop()
  }

  open(head: ResponseHead): ResponseReader {
    if (head.looksLike === 'json') {
      return this.#upstream.body((bytes) => this.#whole(bytes))
    }
    const translator = this.#translator()
    return this.#call.params.stream === true
      ? new StreamReader(translator, this, this.#upstream, this.#subscriber)
      : new CollectReader(translator, this, this.#upstream, (completion) =>
          this.#emitDocument(completion, undefined),
        )
  }

  fail(error: ApiError): void {
    this.#subscriber.error(redactError(error, this.#options.context.errors.secrets))
  }

  get #encodeContext(): EncodeContext {
    return { model: this.#call.model, stream: this.#call.params.stream === true }
  }

  #translator(): ChatStreamDecoder {
    const { dialect, context, maxEventBytes, buffers, known } = this.#options
    return new ChatStreamDecoder({
      decoder: dialect.decoder(this.#call.params, this.#encodeContext),
      envelope: this.#options.envelope(),
      tools: this.#call.params.tools,
      gate: context.gate,
      includeUsage: this.#call.params.stream_options?.include_usage === true,
      maxEventBytes,
      buffers,
      known,
    })
  }

  #whole(bytes: Uint8Array): void {
    this.#upstream.parse(bytes, (json) => this.#document(json, bytes))
  }

  #document(json: unknown, bytes: Uint8Array): void {
    const whole = this.#options.dialect.complete?.(json)
    if (whole !== undefined) return this.#emitDocument(whole, whole === json ? bytes : undefined)
    const completion = this.#assemble(json)
    if (completion !== undefined) this.#emitDocument(completion, undefined)
  }

  #assemble(json: unknown): ChatCompletion | undefined {
    const assembler = new ChunkAssembler(this.#options.envelope(), this.#call.params.tools)
    const accumulator = new CompletionAccumulator()
    try {
      for (const delta of this.#options.dialect.decode(
        json,
        this.#call.params,
        this.#encodeContext,
      )) {
        const chunk = assembler.add(delta)
        if (chunk !== undefined) accumulator.add(chunk)
        if (assembler.error !== undefined) break
      }
    } catch (error) {
      this.fail(invalid('The upstream gave an answer of an unknown form.', error))
      return undefined
    }
    if (assembler.error !== undefined) {
      this.fail(assembler.error)
      return undefined
    }
    for (const chunk of assembler.finishAll()) accumulator.add(chunk)
    const usage = assembler.usageChunk()
    if (usage !== undefined) accumulator.add(usage)
    const completion = accumulator.result()
    if (completion.choices.length > 0) return completion
    this.fail(
      new ApiError('upstream_empty_response', {
        message: 'The upstream gave an answer without choices.',
      }),
    )
    return undefined
  }

  #emitDocument(completion: ChatCompletion, bytes: Uint8Array | undefined): void {
    const { gate } = this.#options.context
    const usage = completion.usage === undefined ? undefined : normalizeUsage(completion.usage)
    if (this.#call.params.stream !== true) {
      this.#subscriber.next(new DocumentBatch({ bytes, value: completion }, gate, usage))
      this.#subscriber.complete()
      return
    }
    const chunks = completionChunks(completion)
    const showUsage = this.#call.params.stream_options?.include_usage === true
    this.#subscriber.next(
      new ChunkBatch(
        chunks.filter((chunk) => chunk.choices.length > 0),
        gate,
      ),
    )
    if (usage !== undefined) {
      this.#subscriber.next(
        new ChunkBatch(
          showUsage ? chunks.filter((chunk) => chunk.choices.length === 0) : [],
          gate,
          usage,
        ),
      )
    }
    this.#subscriber.complete()
  }
}

/**
 * Reads a stream that goes on as one. A class: a literal with a getter has a shape of its own each
 * time, which keeps all it knows until a full collection.
 */
class StreamReader implements ResponseReader {
  readonly #translator: ChatStreamDecoder
  readonly #answer: ChatResponse
  readonly #upstream: UpstreamResponse
  readonly #subscriber: Subscriber<ChatBatch>
  #isTold = false

  constructor(
    translator: ChatStreamDecoder,
    answer: ChatResponse,
    upstream: UpstreamResponse,
    subscriber: Subscriber<ChatBatch>,
  ) {
    this.#translator = translator
    this.#answer = answer
    this.#upstream = upstream
    this.#subscriber = subscriber
  }

  get isComplete(): boolean {
    return this.#translator.isComplete
  }

  turn(pieces: readonly Uint8Array[]): void {
    const translator = this.#translator
    const batch = translator.pushTurn(pieces)
    if (batch !== undefined) {
      if (!this.#answer.hasEmitted) this.#upstream.onFirstToken()
      this.#answer.hasEmitted = true
      this.#subscriber.next(batch)
      translator.recycle()
    }
    // The usage does not wait for the connection, which some vendors keep open.
    if (translator.upstreamDone) this.#tellRest()
    if (translator.failure !== undefined) {
      this.#upstream.stop()
      this.#answer.fail(translator.failure)
    } else if (translator.upstreamDone) this.#upstream.expectEnd()
  }

  end(): void {
    const { failure } = this.#tellRest()
    if (failure === undefined) this.#subscriber.complete()
    else this.#answer.fail(failure)
  }

  #tellRest(): ChatStreamDecoder {
    const translator = this.#translator
    if (this.#isTold) return translator
    this.#isTold = true
    for (const batch of translator.end()) this.#subscriber.next(batch)
    return translator
  }
}

/** Reads a stream that nobody asked for: the chunks are put together again. */
class CollectReader implements ResponseReader {
  readonly #translator: ChatStreamDecoder
  readonly #answer: ChatResponse
  readonly #upstream: UpstreamResponse
  readonly #onCompletion: (completion: ChatCompletion) => void
  readonly #accumulator = new CompletionAccumulator()
  #usage: CompletionUsage | undefined

  constructor(
    translator: ChatStreamDecoder,
    answer: ChatResponse,
    upstream: UpstreamResponse,
    onCompletion: (completion: ChatCompletion) => void,
  ) {
    this.#translator = translator
    this.#answer = answer
    this.#upstream = upstream
    this.#onCompletion = onCompletion
  }

  get isComplete(): boolean {
    return this.#translator.isComplete
  }

  turn(pieces: readonly Uint8Array[]): void {
    this.#take(this.#translator.pushTurn(pieces))
    const { failure, upstreamDone: ended } = this.#translator
    if (failure !== undefined) {
      this.#upstream.stop()
      this.#answer.fail(failure)
    } else if (ended) this.#upstream.expectEnd()
  }

  end(): void {
    for (const batch of this.#translator.end()) this.#take(batch)
    const { failure } = this.#translator
    if (failure !== undefined) return this.#answer.fail(failure)
    const usage = this.#usage
    this.#onCompletion({ ...this.#accumulator.result(), ...(usage === undefined ? {} : { usage }) })
  }

  #take(batch: ChatBatch | undefined): void {
    if (batch === undefined) return
    if (batch.usage !== undefined) this.#usage = batch.usage
    for (const chunk of batch.chunks()) this.#accumulator.add(chunk)
    this.#translator.recycle()
  }
}
