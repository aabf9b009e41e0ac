import { ApiError, type Batch, type Call } from '@sluice/core'
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '@sluice/core/wire'
import { ChunkBatch, DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import { ConcurrentRequests, type RequestsOwner } from './concurrent-requests.ts'
import { fanOutJobs, type FanOutJob } from './fan-out-jobs.ts'
import { sumUsage } from './sum-usage.ts'

type ChatCall = Call<'chat.completions'>
type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/** What it takes to give more choices than one request can. */
export interface FanOutOptions {
  /** Choices that one request can give. */
  readonly maxChoices: number
  /** Answers one of the requests. */
  readonly ask: (call: ChatCall) => Observable<ChatBatch>
}

/**
 * The answer to a call for more choices than its vendor gives in one request, made of several
 * requests. Streams come interleaved under the id, time and model of the one that spoke first;
 * whole answers are put together by index; usage is summed. The first request that fails fails the
 * answer and stops the others; so does the caller's leaving. All of them obey the call's gate.
 *
 * Fails with 400 `invalid_value` for more than 128 choices.
 */
export function fanOut(call: ChatCall, options: FanOutOptions): Observable<ChatBatch> {
  return new Observable((subscriber) => {
    const answer = new FannedOutAnswer(call, options, subscriber)
    const requests = new ConcurrentRequests(answer.jobs, answer)
    subscriber.add(() => requests.stop())
    requests.start()
  })
}

class FannedOutAnswer implements RequestsOwner<FanOutJob, ChatBatch> {
  readonly jobs: readonly FanOutJob[]
  readonly #call: ChatCall
  readonly #ask: FanOutOptions['ask']
  readonly #subscriber: Subscriber<ChatBatch>
  readonly #documents = new Map<FanOutJob, ChatCompletion>()
  #head: Pick<ChatCompletionChunk, 'id' | 'created' | 'model'> | undefined
  #usage: CompletionUsage | undefined

  constructor(
    call: ChatCall,
    { maxChoices, ask }: FanOutOptions,
    subscriber: Subscriber<ChatBatch>,
  ) {
    this.#call = call
    this.#ask = ask
    this.jobs = fanOutJobs(call, maxChoices)
    this.#subscriber = subscriber
  }

  ask(job: FanOutJob): Observable<ChatBatch> {
    return this.#ask(job.call)
  }

  take(batch: ChatBatch, job: FanOutJob): void {
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

  fail(error: unknown): void {
    this.#subscriber.error(ApiError.from(error))
  }

  finish(): void {
    const last = this.#call.params.stream === true ? this.#usageBatch() : this.#documentBatch()
    if (last !== undefined) this.#subscriber.next(last)
    this.#subscriber.complete()
  }

  #usageBatch(): ChatBatch | undefined {
    const usage = this.#usage
    if (usage === undefined || this.#head === undefined) return undefined
    const { id, created, model } = this.#head
    const chunk: ChatCompletionChunk = {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [],
      usage,
    }
    const isShown = this.#call.params.stream_options?.include_usage === true
    return new ChunkBatch(isShown ? [chunk] : [], this.#call.gate, usage)
  }

  #documentBatch(): ChatBatch {
    const choices = this.jobs.flatMap((job) => placed(this.#documents.get(job)?.choices ?? [], job))
    const usage = this.#usage
    const value: ChatCompletion = {
      ...this.#documents.get(this.jobs[0]!)!,
      choices: choices.sort((a, b) => a.index - b.index),
      ...(usage === undefined ? {} : { usage }),
    }
    return new DocumentBatch({ value }, this.#call.gate, usage)
  }
}

/**
 * The choices under the indexes that they have in the whole answer; without those that nobody asked
 * for.
 */
function placed<Choice extends { index: number }>(
  choices: readonly Choice[],
  job: FanOutJob,
): Choice[] {
  return choices.flatMap((choice) =>
    choice.index < job.count ? [{ ...choice, index: choice.index + job.first }] : [],
  )
}
