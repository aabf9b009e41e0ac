import {
  ApiError,
  type Batch,
  type ChatCompletion,
  type ChatCompletionChunk,
  type Call,
  type CompletionUsage,
} from '@sluice/core'
import { ChunkBatch, DocumentBatch } from '@sluice/sse-stream'
import pLimit from 'p-limit'
import { Observable, type Subscriber, type Subscription } from 'rxjs'
import { fanOutJobs, type FanOutJob } from './fan-out-jobs.ts'
import { sumUsage } from './fan-out-usage.ts'

type ChatCall = Call<'chat.completions'>
type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/** What it takes to give more choices than one request can. */
export interface FanOutOptions {
  /** Choices that one request can give. */
  readonly maxChoices: number
  /** Answers one of the requests. */
  readonly ask: (call: ChatCall) => Observable<ChatBatch>
}

/** Requests of one call that may be open at a time; the others wait for one of them to end. */
const CONCURRENCY = 4

/**
 * The answer to a call for more choices than its vendor gives in one request, made of several requests. Streams come interleaved under the id,
 * time and model of the one that spoke first; whole answers are put together by index; usage is summed. The first request that fails
 * fails the answer and stops the others; so does the caller's leaving. All of them obey the call's gate.
 *
 * Fails with 400 `invalid_value` for more than 128 choices.
 */
export function fanOut(call: ChatCall, options: FanOutOptions): Observable<ChatBatch> {
  return new Observable((subscriber) => {
    const answer = new FannedOutAnswer(call, options, subscriber)
    subscriber.add(() => answer.stop())
    answer.start()
  })
}

class FannedOutAnswer {
  readonly #call: ChatCall
  readonly #ask: FanOutOptions['ask']
  readonly #jobs: readonly FanOutJob[]
  readonly #subscriber: Subscriber<ChatBatch>
  readonly #limit = pLimit(CONCURRENCY)
  readonly #running = new Set<Subscription>()
  readonly #documents = new Map<FanOutJob, ChatCompletion>()
  #head: Pick<ChatCompletionChunk, 'id' | 'created' | 'model'> | undefined
  #usage: CompletionUsage | undefined
  #left: number
  #stopped = false

  constructor(call: ChatCall, { maxChoices, ask }: FanOutOptions, subscriber: Subscriber<ChatBatch>) {
    this.#call = call
    this.#ask = ask
    this.#jobs = fanOutJobs(call, maxChoices)
    this.#subscriber = subscriber
    this.#left = this.#jobs.length
  }

  start(): void {
    for (const job of this.#jobs) void this.#limit(() => this.#run(job))
  }

  stop(): void {
    this.#stopped = true
    this.#limit.clearQueue()
    for (const subscription of this.#running) subscription.unsubscribe()
  }

  /** Settles when the request is over in whatever way, so that the next may begin; never rejects. */
  #run(job: FanOutJob): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve()
      const subscription = this.#ask(job.call).subscribe({
        next: (batch) => this.#take(batch, job),
        error: (error: unknown) => this.#subscriber.error(ApiError.from(error)),
        complete: () => this.#finish(),
      })
      this.#running.add(subscription)
      subscription.add(() => {
        this.#running.delete(subscription)
        resolve()
      })
      // A request that failed while it was being subscribed to has stopped the others, but could not stop itself.
      if (this.#stopped) subscription.unsubscribe()
    })
  }

  #take(batch: ChatBatch, job: FanOutJob): void {
    if (batch.usage !== undefined) this.#usage = sumUsage(this.#usage, batch.usage)
    if (batch.framing === 'document') {
      this.#documents.set(job, batch.document()!)
      return
    }
    const chunks = batch.chunks().flatMap((chunk) => this.#chunk(chunk, job))
    if (chunks.length > 0) this.#subscriber.next(new ChunkBatch(chunks, this.#call.gate))
  }

  #chunk(chunk: ChatCompletionChunk, job: FanOutJob): ChatCompletionChunk[] {
    const { id, created, model } = (this.#head ??= chunk)
    const choices = placed(chunk.choices, job)
    return choices.length === 0 ? [] : [{ ...chunk, id, created, model, choices }]
  }

  #finish(): void {
    if (--this.#left > 0) return
    const last = this.#call.params.stream === true ? this.#usageBatch() : this.#documentBatch()
    if (last !== undefined) this.#subscriber.next(last)
    this.#subscriber.complete()
  }

  #usageBatch(): ChatBatch | undefined {
    const usage = this.#usage
    if (usage === undefined || this.#head === undefined) return undefined
    const { id, created, model } = this.#head
    const chunk: ChatCompletionChunk = { id, object: 'chat.completion.chunk', created, model, choices: [], usage }
    const isShown = this.#call.params.stream_options?.include_usage === true
    return new ChunkBatch(isShown ? [chunk] : [], this.#call.gate, usage)
  }

  #documentBatch(): ChatBatch {
    const choices = this.#jobs.flatMap((job) => placed(this.#documents.get(job)?.choices ?? [], job))
    const usage = this.#usage
    const value: ChatCompletion = {
      ...this.#documents.get(this.#jobs[0]!)!,
      choices: choices.sort((a, b) => a.index - b.index),
      ...(usage === undefined ? {} : { usage }),
    }
    return new DocumentBatch({ value }, this.#call.gate, usage)
  }
}

/** The choices under the indexes that they have in the whole answer; without those that nobody asked for. */
function placed<Choice extends { index: number }>(choices: readonly Choice[], job: FanOutJob): Choice[] {
  return choices.flatMap((choice) => (choice.index < job.count ? [{ ...choice, index: choice.index + job.first }] : []))
}
