import { ApiError, withCall, type Batch, type Call } from '@sluice/core'
import { withIdempotencyPart } from '@sluice/core/internal'
import type { CompletionUsage, CreateEmbeddingResponse } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import { invalid } from '../response/upstream-response.ts'
import { ConcurrentRequests, type RequestsOwner } from './concurrent-requests.ts'
import { sumUsage } from './sum-usage.ts'

type EmbeddingsCall = Call<'embeddings'>
type EmbeddingsBatch = Batch<never, CreateEmbeddingResponse>

/** One of the requests that a call is made of. */
export interface EmbeddingPart {
  readonly call: EmbeddingsCall
  /** The inputs that it holds. */
  readonly count: number
}

/**
 * The requests that together hold the inputs of a call; `undefined` where one can. A list of token
 * ids is one input.
 */
export function embeddingParts(
  call: EmbeddingsCall,
  maxInputs: number | undefined,
): EmbeddingPart[] | undefined {
  const { input } = call.params
  if (maxInputs === undefined || !Array.isArray(input) || input.length <= maxInputs)
    return undefined
  if (typeof input[0] === 'number') return undefined
  const parts: EmbeddingPart[] = []
  for (let from = 0; from < input.length; from += maxInputs) {
    const some = input.slice(from, from + maxInputs)
    const headers = withIdempotencyPart(call.headers, 'inputs', parts.length)
    parts.push({
      call: withCall(call, { params: { ...call.params, input: some }, headers }),
      count: some.length,
    })
  }
  return parts
}

/**
 * The answer to a call for more embeddings than its vendor makes in one request: those of all
 * requests in the order of the inputs, with the sum of their usage. The first request that fails
 * fails the answer and stops the others; so does the caller's leaving.
 */
export function embeddingsInParts(
  call: EmbeddingsCall,
  parts: readonly EmbeddingPart[],
  ask: (call: EmbeddingsCall) => Observable<EmbeddingsBatch>,
): Observable<EmbeddingsBatch> {
  return new Observable((subscriber) => {
    const requests = new ConcurrentRequests(parts, new AnswerInParts(call, parts, ask, subscriber))
    subscriber.add(() => requests.stop())
    requests.start()
  })
}

class AnswerInParts implements RequestsOwner<EmbeddingPart, EmbeddingsBatch> {
  readonly #call: EmbeddingsCall
  readonly #parts: readonly EmbeddingPart[]
  readonly #ask: (call: EmbeddingsCall) => Observable<EmbeddingsBatch>
  readonly #subscriber: Subscriber<EmbeddingsBatch>
  readonly #documents = new Map<EmbeddingPart, CreateEmbeddingResponse>()
  #usage: CompletionUsage | undefined

  constructor(
    call: EmbeddingsCall,
    parts: readonly EmbeddingPart[],
    ask: (call: EmbeddingsCall) => Observable<EmbeddingsBatch>,
    subscriber: Subscriber<EmbeddingsBatch>,
  ) {
    this.#call = call
    this.#parts = parts
    this.#ask = ask
    this.#subscriber = subscriber
  }

  ask(part: EmbeddingPart): Observable<EmbeddingsBatch> {
    return this.#ask(part.call)
  }

  take(batch: EmbeddingsBatch, part: EmbeddingPart): void {
    if (batch.usage !== undefined) this.#usage = sumUsage(this.#usage, batch.usage)
    const document = batch.document()!
    // With one too few, all that follow would belong to other inputs.
    if (document.data.length === part.count) this.#documents.set(part, document)
    else
      this.fail(
        invalid(`The upstream gave ${document.data.length} embeddings for ${part.count} inputs.`),
      )
  }

  fail(error: unknown): void {
    this.#subscriber.error(ApiError.from(error))
  }

  finish(): void {
    const documents = this.#parts.map((part) => this.#documents.get(part)!)
    const data = documents
      .flatMap((document) => document.data.toSorted((a, b) => a.index - b.index))
      .map((embedding, index) => ({ ...embedding, index }))
    const usage = this.#usage
    const value: CreateEmbeddingResponse = {
      ...documents[0]!,
      data,
      usage: { prompt_tokens: usage?.prompt_tokens ?? 0, total_tokens: usage?.total_tokens ?? 0 },
    }
    this.#subscriber.next(
      new DocumentBatch<never, CreateEmbeddingResponse>({ value }, this.#call.gate, usage),
    )
    this.#subscriber.complete()
  }
}
