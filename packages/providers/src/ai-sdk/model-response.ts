import { ApiError, type Batch, type Call, type Clock } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk } from '@sluice/core/wire'
import {
  CompletionAccumulator,
  ChunkAssembler,
  ChunkBatch,
  DocumentBatch,
  type ChatEnvelope,
} from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import { timeoutError } from '../response/errors/transport-error.ts'
import {
  Deadline,
  type DeadlineOwner,
  type TimedPhase,
  type Timeouts,
} from '../transport/deadline.ts'
import type { AiSdkGenerated, AiSdkLanguageModel, AiSdkPart, AiSdkReader } from './ai-sdk-model.ts'
import { modelError, type ModelErrorOptions } from './model-error.ts'
import { PartDecoder } from './part-decoder.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/** What it takes to answer a chat call by a model. */
export interface ModelResponseOptions extends ModelErrorOptions {
  readonly model: AiSdkLanguageModel
  /** Written when the answer is subscribed to; may throw an ApiError. */
  readonly encode: () => Readonly<Record<string, unknown>>
  readonly envelope: ChatEnvelope
  readonly timeouts: Timeouts
  readonly clock: Clock
}

/**
 * Chunks that may wait for the end of a turn. A stream that never makes us wait would else be read
 * to its end in one turn.
 */
const MAX_PENDING = 128

/**
 * The answer of an AI SDK model: streamed in batches of one turn each, or whole. Unsubscribing
 * aborts the model's call.
 */
export function modelResponse(
  call: Call<'chat.completions'>,
  options: ModelResponseOptions,
): Observable<ChatBatch> {
  return new Observable((subscriber) => {
    const answer = new ModelAnswer(call, options, subscriber)
    subscriber.add(() => answer.stop())
    answer.start()
  })
}

class ModelAnswer implements DeadlineOwner {
  readonly #call: Call<'chat.completions'>
  readonly #options: ModelResponseOptions
  readonly #subscriber: Subscriber<ChatBatch>
  readonly #abort = new AbortController()
  readonly #decoder = new PartDecoder()
  readonly #assembler: ChunkAssembler
  readonly #deadline: Deadline
  #reader: AiSdkReader | undefined
  #pending: ChatCompletionChunk[] = []
  #turn: NodeJS.Immediate | undefined
  #leaveGate: (() => void) | undefined
  #isFull = false
  #delivered = false
  #over = false

  constructor(
    call: Call<'chat.completions'>,
    options: ModelResponseOptions,
    subscriber: Subscriber<ChatBatch>,
  ) {
    this.#call = call
    this.#options = options
    this.#subscriber = subscriber
    this.#assembler = new ChunkAssembler(options.envelope, call.params.tools)
    this.#deadline = new Deadline(options.clock, this)
  }

  start(): void {
    const { model, encode, timeouts } = this.#options
    let options: Readonly<Record<string, unknown>>
    try {
      options = { ...encode(), abortSignal: this.#abort.signal }
    } catch (error) {
      return this.#fail(ApiError.from(error))
    }
    this.#call.report.attempts++
    const isStreamed = this.#call.params.stream === true
    const { firstTokenMs, idleMs, totalStreamMs, totalMs } = timeouts
    this.#deadline.start('firstToken', 0, isStreamed ? totalStreamMs : totalMs)
    if (isStreamed) this.#deadline.enter('firstToken', firstTokenMs, idleMs)
    // Called inside the promise: a model may throw before it gives one.
    const asked = isStreamed
      ? Promise.resolve()
          .then(() => model.doStream(options as never))
          .then(({ stream }) => this.#open(stream.getReader()))
      : Promise.resolve()
          .then(() => model.doGenerate(options as never))
          .then((generated) => this.#whole(generated))
    asked.catch((error: unknown) => this.#fail(modelError(error, this.#options)))
  }

  stop(): void {
    if (this.#over) return
    this.#over = true
    this.#deadline.stop()
    this.#leaveGate?.()
    if (this.#turn !== undefined) clearImmediate(this.#turn)
    this.#abort.abort()
    this.#cancel(this.#reader)
  }

  onExpired(phase: TimedPhase): void {
    this.#fail(timeoutError(phase, this.#delivered))
  }

  #cancel(reader: AiSdkReader | undefined): void {
    // A stream that has failed or been aborted refuses to be cancelled.
    void reader?.cancel().catch(() => {})
  }

  #fail(error: ApiError): void {
    if (this.#over) return
    this.stop()
    this.#subscriber.error(error)
  }

  #open(reader: AiSdkReader): void {
    if (this.#over) return this.#cancel(reader)
    this.#reader = reader
    this.#next()
  }

  /** Reads one part, once nobody holds the gate and what was read before has been handed on. */
  #next(): void {
    if (this.#over || this.#isFull) return
    this.#deadline.pause()
    this.#leaveGate = this.#call.gate.whenOpen(() => {
      this.#leaveGate = undefined
      this.#deadline.resume()
      this.#reader!.read()
        .then(({ done, value }) => {
          if (this.#over) return
          if (done) this.#end()
          else this.#take(value as AiSdkPart)
        })
        .catch((error: unknown) => this.#fail(this.#broken(error)))
    })
  }

  #take(part: AiSdkPart): void {
    this.#deadline.touch()
    const delta = this.#decoder.decode(part)
    const chunk = delta === undefined ? undefined : this.#assembler.add(delta)
    if (chunk !== undefined) this.#pending.push(chunk)
    if (this.#assembler.error !== undefined) {
      this.#flush()
      return this.#fail(this.#assembler.error)
    }
    if (this.#assembler.ended) {
      this.#cancel(this.#reader)
      return this.#end()
    }
    this.#isFull = this.#pending.length >= MAX_PENDING
    if (this.#pending.length > 0) this.#turn ??= setImmediate(() => this.#endTurn())
    this.#next()
  }

  #endTurn(): void {
    this.#turn = undefined
    const wasFull = this.#isFull
    this.#isFull = false
    try {
      this.#flush()
      if (wasFull) this.#next()
    } catch (error) {
      this.#fail(this.#broken(error))
    }
  }

  #flush(): void {
    if (this.#over || this.#pending.length === 0 || !this.#assembler.meaningful) return
    const chunks = this.#pending
    this.#pending = []
    if (!this.#delivered) this.#deadline.enter('idle', 0, this.#options.timeouts.idleMs)
    this.#delivered = true
    this.#subscriber.next(new ChunkBatch(chunks, this.#call.gate))
  }

  #end(): void {
    const assembler = this.#assembler
    const isWhole = assembler.allFinished
    if (isWhole) this.#pending.push(...assembler.finishAll())
    this.#flush()
    if (this.#over) return
    if (!isWhole) return this.#fail(this.#incomplete())
    const usage = assembler.usageChunk()
    if (usage !== undefined) {
      const isShown = this.#call.params.stream_options?.include_usage === true
      this.#subscriber.next(
        new ChunkBatch(isShown ? [usage] : [], this.#call.gate, assembler.usage),
      )
    }
    this.#complete()
  }

  #whole({ content, finishReason, usage, response }: AiSdkGenerated): void {
    if (this.#over) return
    const accumulator = new CompletionAccumulator()
    const parts = [
      { ...response, type: 'response-metadata' },
      ...content,
      { type: 'finish', finishReason, usage },
    ]
    for (const part of parts) {
      const delta = this.#decoder.decode(part)
      const chunk = delta === undefined ? undefined : this.#assembler.add(delta)
      if (chunk !== undefined) accumulator.add(chunk)
    }
    if (this.#assembler.error !== undefined) return this.#fail(this.#assembler.error)
    for (const chunk of this.#assembler.finishAll()) accumulator.add(chunk)
    const counted = this.#assembler.usage
    const value = { ...accumulator.result(), ...(counted === undefined ? {} : { usage: counted }) }
    this.#subscriber.next(
      new DocumentBatch<ChatCompletionChunk, ChatCompletion>({ value }, this.#call.gate, counted),
    )
    this.#complete()
  }

  #complete(): void {
    // Whole as it is, the answer must not be aborted by its own end.
    this.#over = true
    this.#deadline.stop()
    if (this.#turn !== undefined) clearImmediate(this.#turn)
    this.#subscriber.complete()
  }

  #incomplete(): ApiError {
    return this.#delivered
      ? new ApiError('stream_incomplete', {
          message: 'The upstream ended its stream before the answer was complete.',
        })
      : new ApiError('upstream_empty_stream', {
          message: 'The upstream ended its stream without an answer.',
        })
  }

  #broken(error: unknown): ApiError {
    const shown = modelError(error, this.#options)
    return this.#delivered && shown.code === 'upstream_error'
      ? new ApiError('stream_incomplete', {
          message: 'The connection to the upstream broke before the answer was complete.',
          cause: error,
        })
      : shown
  }
}
