import { ApiError, type Batch } from '@sluice/core'
import type {
  ChatCompletionChunk,
  Completion,
  CompletionUsage,
  MessageStreamEvent,
} from '@sluice/core/wire'
import type { Observable } from 'rxjs'
import { cannotOperate, formOfChunk, type ResponseForm } from '../response-form/response-form.ts'
import { ContentAccumulator } from '../response-form/content-accumulator.ts'
import { joinCompletions } from '../response-form/completion-form.ts'
import { MessageAccumulator } from '../response-form/message-accumulator.ts'
import type { NamedEvent } from '../response-form/text-event.ts'
import { CompletionAccumulator } from '../chat/completion-accumulator.ts'
import { operate } from './internal/operate.ts'

/**
 * The whole answer, once it is there: of a chat all choices, tool calls, log probabilities,
 * refusals, annotations, and usage though the stream may not show it; of a response the one that
 * its last event holds; of a transcription its text. Holds all of the answer in memory. For chat,
 * `toChunks` is its inverse.
 *
 * Fails with `stream_incomplete` where a choice has no finish reason or the last event is missing,
 * so that a broken answer is never taken for a short one; an empty source gives nothing. Fails with
 * a ConfigError, `ERR_SSE_STREAM_OPERATION`, for streams of pictures and sound, and for what is no
 * JSON.
 */
export function accumulate(): <Document>(
  answer: Observable<Batch<unknown, Document>>,
) => Observable<Document> {
  const operator = operate<Batch, unknown>((subscriber) => {
    const gathered = new GatheredAnswer()
    return {
      next: (batch) => gathered.add(batch),
      complete() {
        if (!gathered.isEmpty) subscriber.next(gathered.result())
        subscriber.complete()
      },
    }
  })
  return operator as <Document>(
    answer: Observable<Batch<unknown, Document>>,
  ) => Observable<Document>
}

class GatheredAnswer {
  readonly #chat = new CompletionAccumulator()
  readonly #completions: Completion[] = []
  readonly #contents = new ContentAccumulator()
  readonly #message = new MessageAccumulator()
  #form: ResponseForm | undefined
  #whole: unknown
  #usage: CompletionUsage | undefined
  isEmpty = true

  add(batch: Batch): void {
    this.isEmpty = false
    this.#usage = batch.usage ?? this.#usage
    if (batch.framing === 'binary') throw cannotOperate('accumulate', 'quiet')
    if (batch.framing === 'document') this.#whole = batch.document()
    else for (const chunk of batch.chunks()) this.#chunk(chunk)
  }

  #chunk(chunk: unknown): void {
    this.#form ??= formOfChunk(chunk)
    if (this.#form === 'chat') this.#chat.add(chunk as ChatCompletionChunk)
    else if (this.#form === 'completion') this.#completions.push(chunk as Completion)
    else if (this.#form === 'response') this.#whole = terminal(chunk as NamedEvent) ?? this.#whole
    else if (this.#form === 'content') this.#contents.add(chunk)
    else if (this.#form === 'message') this.#message.add(chunk as MessageStreamEvent)
    else if (this.#form === 'transcript')
      this.#whole = transcription(chunk as NamedEvent) ?? this.#whole
    else throw cannotOperate('accumulate', this.#form)
  }

  result(): unknown {
    if (this.#whole !== undefined) return this.#whole
    if (this.#contents.isComplete) return this.#contents.result()
    if (this.#message.isComplete) return this.#message.result()
    const usage = this.#usage === undefined ? {} : { usage: this.#usage }
    const completion = joinCompletions(this.#completions)
    if (completion?.choices.every(({ finish_reason: reason }) => reason !== null) === true) {
      return { ...completion, ...usage }
    }
    if (completion !== undefined || !this.#chat.isComplete) {
      throw new ApiError('stream_incomplete', {
        message: 'The answer ended before it was complete.',
      })
    }
    return { ...this.#chat.result(), ...usage }
  }
}

function terminal({ type, response }: NamedEvent): unknown {
  return /^response\.(?:completed|incomplete|failed)$/.test(type) ? response : undefined
}

function transcription({ type, ...rest }: NamedEvent): unknown {
  return type === 'transcript.text.done' ? rest : undefined
}
