import { MAX_CHOICES } from '@sluice/core/internal'
import { ApiError, type Batch, type Call } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  Completion,
  CompletionChoice,
  CompletionCreateParams,
  CompletionUsage,
  FinishReason,
} from '@sluice/core/wire'
import { ChunkBatch, DocumentBatch } from '@sluice/sse-stream/internal'
import { Observable, type Subscriber } from 'rxjs'
import { ConcurrentRequests, type RequestsOwner } from './concurrent-requests.ts'
import { sumUsage } from './sum-usage.ts'

type CompletionBatch = Batch<Completion, Completion>
type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

/** What it takes to give legacy completions over chat. */
export interface OverChatOptions {
  readonly chat: (call: Call<'chat.completions'>) => Observable<ChatBatch>
  /** Choices that one chat request can give. */
  readonly maxChoices?: number | undefined
  readonly createdSeconds: number
}

/**
 * The answer to a legacy completion by a model that only chats: each prompt is one user message and
 * one chat request, or several where the vendor gives fewer choices than asked for. Choice j of
 * prompt i has the index i·n + j; streams of several prompts come interleaved; usage is summed.
 *
 * Fails with 400 `unsupported_parameter` for what chat cannot do: `suffix`, `logprobs`, a `best_of`
 * other than `n`, prompts of token ids.
 */
export function completionsOverChat(
  call: Call<'completions'>,
  options: OverChatOptions,
): Observable<CompletionBatch> {
  return new Observable((subscriber) => {
    const jobs = jobsOf(call.params, options.maxChoices ?? Infinity)
    const requests = new ConcurrentRequests(jobs, new OverChat(call, options, subscriber))
    requests.start()
    return () => requests.stop()
  })
}

/** One chat request: a prompt, and which choices of the answer it gives. */
interface Job {
  readonly prompt: string
  readonly first: number
  readonly count: number
}

class OverChat implements RequestsOwner<Job, ChatBatch> {
  readonly #call: Call<'completions'>
  readonly #options: OverChatOptions
  readonly #subscriber: Subscriber<CompletionBatch>
  readonly #readers = new Map<Job, ChoiceReader>()
  readonly #choices: CompletionChoice[] = []
  #usage: CompletionUsage | undefined

  constructor(
    call: Call<'completions'>,
    options: OverChatOptions,
    subscriber: Subscriber<CompletionBatch>,
  ) {
    this.#call = call
    this.#options = options
    this.#subscriber = subscriber
  }

  ask(job: Job): Observable<ChatBatch> {
    this.#readers.set(job, new ChoiceReader(job, this.#call.params.echo === true))
    return this.#options.chat(chatCall(this.#call, job))
  }

  take(batch: ChatBatch, job: Job): void {
    if (batch.usage !== undefined) this.#usage = sumUsage(this.#usage, batch.usage)
    const choices = this.#readers.get(job)!.read(batch)
    if (choices.length === 0) return
    if (this.#call.params.stream !== true) this.#choices.push(...choices)
    else
      this.#subscriber.next(
        new ChunkBatch(
          choices.map((choice) => this.#completion([choice])),
          this.#call.gate,
        ),
      )
  }

  fail(error: unknown): void {
    this.#subscriber.error(error)
  }

  finish(): void {
    const { gate, params } = this.#call
    const usage = this.#usage
    if (params.stream !== true) {
      const value = {
        ...this.#completion(this.#choices.toSorted((a, b) => a.index - b.index)),
        ...(usage === undefined ? {} : { usage }),
      }
      this.#subscriber.next(new DocumentBatch<Completion, Completion>({ value }, gate, usage))
    } else if (usage !== undefined) {
      const shown =
        params.stream_options?.include_usage === true ? [{ ...this.#completion([]), usage }] : []
      this.#subscriber.next(new ChunkBatch<Completion, Completion>(shown, gate, usage))
    }
    this.#subscriber.complete()
  }

  #completion(choices: CompletionChoice[]): Completion {
    return {
      id: `cmpl-${this.#call.requestId.slice(4)}`,
      object: 'text_completion',
      created: this.#options.createdSeconds,
      model: this.#call.model,
      choices,
    }
  }
}

/** Reads the choices of one chat answer as those of the completion. */
class ChoiceReader {
  readonly #job: Job
  readonly #echoes: boolean
  readonly #echoed = new Set<number>()

  constructor(job: Job, echoes: boolean) {
    this.#job = job
    this.#echoes = echoes
  }

  read(batch: ChatBatch): CompletionChoice[] {
    if (batch.framing === 'document') {
      return (batch.document()?.choices ?? []).map(({ index, message, finish_reason: reason }) =>
        this.#choice(index, (message.content ?? '') + (message.refusal ?? ''), reason),
      )
    }
    return batch
      .chunks()
      .flatMap(({ choices }) =>
        choices
          .map(({ index, delta, finish_reason: reason }) =>
            this.#choice(index, (delta.content ?? '') + (delta.refusal ?? ''), reason),
          )
          .filter(({ text, finish_reason: reason }) => text !== '' || reason !== null),
      )
  }

  #choice(index: number, text: string, reason: FinishReason | null): CompletionChoice {
    const isFirst = this.#echoes && !this.#echoed.has(index)
    this.#echoed.add(index)
    return {
      text: isFirst ? this.#job.prompt + text : text,
      index: this.#job.first + index,
      logprobs: null,
      finish_reason:
        reason === null || reason === 'length' || reason === 'content_filter' ? reason : 'stop',
    }
  }
}

/** Params that mean the same in chat, and those that have been dealt with here. */
const NOT_IN_CHAT = ['prompt', 'best_of', 'echo', 'suffix', 'logprobs', 'stream_options']

function chatCall(call: Call<'completions'>, job: Job): Call<'chat.completions'> {
  const params: Record<string, unknown> = { ...call.params }
  for (const name of NOT_IN_CHAT) delete params[name]
  params['messages'] = [{ role: 'user', content: job.prompt }]
  if (job.count === 1) delete params['n']
  else params['n'] = job.count
  return {
    ...call,
    operation: 'chat.completions',
    params: params as unknown as ChatCompletionCreateParams,
    body: undefined,
  }
}

function jobsOf(params: CompletionCreateParams, maxChoices: number): Job[] {
  const n = params.n ?? 1
  if (typeof params.suffix === 'string' && params.suffix !== '')
    throw unsupported('suffix', 'suffix')
  if (typeof params.logprobs === 'number') throw unsupported('logprobs', 'logprobs')
  if (typeof params.best_of === 'number' && params.best_of !== n)
    throw unsupported('best_of', 'best_of other than n')
  const prompts = textsOf(params.prompt)
  if (prompts.length * n > MAX_CHOICES) {
    const message = `This model gives at most ${MAX_CHOICES} choices in one request; ${prompts.length} prompts with ${n} each are more.`
    throw new ApiError('invalid_value', { message, param: 'prompt' })
  }
  return prompts.flatMap((prompt, at) => {
    const jobs: Job[] = []
    for (let from = 0; from < n; from += maxChoices) {
      jobs.push({ prompt, first: at * n + from, count: Math.min(maxChoices, n - from) })
    }
    return jobs
  })
}

function textsOf(prompt: CompletionCreateParams['prompt']): string[] {
  if (prompt === null || typeof prompt === 'string') return [prompt ?? '']
  return prompt.map((item: unknown) => {
    if (typeof item === 'string') return item
    throw unsupported('prompt', 'a prompt of token ids')
  })
}

function unsupported(param: string, what: string): ApiError {
  return new ApiError('unsupported_parameter', {
    message: `This model completes by chat, which has no place for ${what}.`,
    param,
  })
}
