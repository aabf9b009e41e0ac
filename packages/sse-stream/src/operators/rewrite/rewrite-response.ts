import type { Batch, Operation } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  Completion,
  Message,
  Response,
} from '@sluice/core/wire'
import type { Subscriber } from 'rxjs'
import {
  cannotOperate,
  formOfChunk,
  formOfDocument,
  isPlainText,
  OPERATIONS_OF,
  type ResponseForm,
} from '../../response-form/response-form.ts'
import { MESSAGE, OTHER_DOCUMENT, RESPONSE } from '../../response-form/response-shapes.ts'
import {
  chunkAsCompletion,
  completionAsChunk,
  joinCompletions,
} from '../../response-form/completion-form.ts'
import { ContentFilter } from '../../response-form/content-filter.ts'
import { EventFilter } from '../../response-form/event-filter.ts'
import { LimitedResponse, limitedResponse } from '../../response-form/limited-response.ts'
import { LimitedMessage, limitedMessage } from '../../response-form/limited-message.ts'
import { PlainTextFilter } from '../../response-form/plain-text-filter.ts'
import { mapShape, type Shape } from '../../response-form/shape.ts'
import type { NamedEvent } from '../../response-form/text-event.ts'
import type { TextLimiter } from '../../response-form/text-limiter.ts'
import { CompletionAccumulator } from '../../chat/completion-accumulator.ts'
import { DocumentBatch } from '../../batch/document-batch.ts'
import { ChunkBatch } from '../../batch/event-batch.ts'
import { TypedEventBatch } from '../../batch/typed-event-batch.ts'
import { withLimits, type ResponseOperator } from '../internal/response-operator.ts'
import { ResponseRewriter, type ChoiceRewriter } from './response-rewriter.ts'
import type { ChannelFilters } from './channel-rewriter.ts'
import { operate, type OperatorHooks } from '../internal/operate.ts'

/** How an operator changes what one answer says. */
export interface Rewriting {
  /** Called once for each choice. */
  readonly create: (index: number) => ChoiceRewriter
  /** Changes the fields that stand beside the choices; the same object where nothing changes. */
  readonly envelope?: (chunk: ChatCompletionChunk) => ChatCompletionChunk
  /**
   * What is done with answers that have no choices. Without it, those that carry text are refused.
   */
  readonly filters?: ChannelFilters
  /**
   * What ends a response early, for operators that end choices early. Without it and filters
   * responses are refused.
   */
  readonly limiter?: TextLimiter
  /** Changes what a failed answer fails with. */
  readonly failure?: (error: unknown) => unknown
  /**
   * Where rewriters end choices early: how many choices the answer has at least. The source is let
   * go when all are over. @defaultValue 1
   */
  readonly choices?: number | undefined
}

/** The operations that an operator refuses which has a limiter alone. */
export const WITHOUT_END: readonly Operation[] = [
  ...OPERATIONS_OF.get('content')!,
  ...OPERATIONS_OF.get('transcript')!,
]
/** The operations that an operator refuses which has neither filters nor a limiter. */
export const WITHOUT_CHOICES: readonly Operation[] = [
  ...OPERATIONS_OF.get('response')!,
  ...OPERATIONS_OF.get('message')!,
  ...WITHOUT_END,
]

/**
 * The frame of every operator that changes content. Batches without a change leave as they came,
 * bytes and all; changed ones become chunks; a whole answer stays a whole answer. What is held back
 * leaves before finish reason, usage, completion and error.
 *
 * @param name of the operator, for those who use it where it cannot work
 * @param begin called for each subscription
 */
export function rewriteResponse(
  name: string,
  begin: () => Rewriting,
  refuses: readonly Operation[] = WITHOUT_CHOICES,
): ResponseOperator {
  const operator = operate<Batch, Batch>(
    (subscriber) => new RewrittenAnswer(name, begin(), subscriber),
  )
  return withLimits(operator as ResponseOperator, { name, refuses })
}

const DOCUMENT_SHAPES: ReadonlyMap<ResponseForm, Shape> = new Map([
  ['response', RESPONSE],
  ['message', MESSAGE],
])

class RewrittenAnswer implements OperatorHooks<Batch> {
  readonly #name: string
  readonly #rewriting: Rewriting
  readonly #subscriber: Subscriber<Batch>
  readonly #answer: ResponseRewriter
  #events: EventFilter | LimitedResponse | LimitedMessage | undefined
  #contents: ContentFilter | undefined
  #plain: PlainTextFilter | undefined
  #isCompletion = false
  #last: Batch | undefined

  constructor(name: string, rewriting: Rewriting, subscriber: Subscriber<Batch>) {
    this.#name = name
    this.#rewriting = rewriting
    this.#subscriber = subscriber
    this.#answer = new ResponseRewriter(rewriting.create)
  }

  next(batch: Batch): void {
    this.#last = batch
    if (batch.framing === 'binary') this.#bytes(batch)
    else if (batch.framing === 'document') this.#subscriber.next(this.#document(batch))
    else this.#chunks(batch)
    if (this.#isOver()) this.#subscriber.complete()
  }

  #isOver(): boolean {
    const { choices = 1, limiter } = this.#rewriting
    return limiter?.isOver === true || this.#answer.isOver(choices)
  }

  error(error: unknown): void {
    this.#flush()
    this.#subscriber.error(this.#rewriting.failure?.(error) ?? error)
  }

  complete(): void {
    this.#flush()
    this.#subscriber.complete()
  }

  #chunks(batch: Batch): void {
    const chunks = batch.chunks()
    const [first] = chunks
    const form = first === undefined ? undefined : formOfChunk(first)
    if (form === 'chat' || form === 'completion') {
      this.#isCompletion = form === 'completion'
      this.#choices(batch, chunks as readonly ChatCompletionChunk[])
    } else if (form === undefined) {
      if (batch.usage !== undefined) this.#flush()
      this.#subscriber.next(batch)
    } else if (form === 'content') this.#content(batch, chunks)
    else if (this.#canName(form)) this.#named(batch, chunks as readonly NamedEvent[], form)
    else if (form === 'quiet' || form === 'image') this.#subscriber.next(batch)
    else throw cannotOperate(this.#name, form)
  }

  #choices(batch: Batch, given: readonly ChatCompletionChunk[]): void {
    // What an answer cost leaves last.
    if (batch.usage !== undefined && given.every(({ choices }) => choices.length === 0)) {
      this.#flush()
      this.#subscriber.next(batch)
      return
    }
    const before = this.#isCompletion
      ? (given as unknown as readonly Completion[]).map(completionAsChunk)
      : given
    const { chunks, isChanged } = this.#answer.rewrite(before)
    const after = this.#enveloped(chunks)
    if (!isChanged && after.every((chunk, at) => chunk === before[at])) this.#subscriber.next(batch)
    else if (after.length > 0 || batch.usage !== undefined) this.#emit(after, batch)
  }

  #canName(form: ResponseForm): boolean {
    const { filters, limiter } = this.#rewriting
    const hasEnd = form === 'response' || form === 'message'
    return filters !== undefined || (limiter !== undefined && hasEnd)
  }

  #named(batch: Batch, given: readonly NamedEvent[], form: ResponseForm): void {
    const { filters, limiter } = this.#rewriting
    if (filters !== undefined) this.#events ??= new EventFilter(filters)
    else if (form === 'message') this.#events ??= new LimitedMessage(limiter!)
    else this.#events ??= new LimitedResponse(limiter!)
    const { events, isChanged } = this.#events.next(given)
    if (!isChanged) this.#subscriber.next(batch)
    else if (events.length > 0 || batch.usage !== undefined) {
      const { gate, usage } = batch
      const isNamed = events.every(({ type }) => typeof type === 'string')
      this.#subscriber.next(
        isNamed
          ? new TypedEventBatch({ events }, gate, usage)
          : new ChunkBatch(events, gate, usage),
      )
    }
  }

  #content(batch: Batch, given: readonly unknown[]): void {
    const { filters } = this.#rewriting
    if (filters === undefined) throw cannotOperate(this.#name, 'content')
    this.#contents ??= new ContentFilter(filters)
    const { responses, isChanged } = this.#contents.next(given)
    const { gate, usage } = batch
    if (!isChanged) this.#subscriber.next(batch)
    else if (responses.length > 0 || usage !== undefined)
      this.#subscriber.next(new ChunkBatch(responses, gate, usage))
  }

  #bytes(batch: Batch): void {
    const { filters } = this.#rewriting
    if (filters !== undefined) {
      this.#plain ??= new PlainTextFilter(filters.text())
      for (const one of this.#plain.next(batch)) this.#subscriber.next(one)
    } else if (isPlainText(batch)) throw cannotOperate(this.#name, 'transcript')
    else this.#subscriber.next(batch)
  }

  #document(batch: Batch): Batch {
    const document = batch.document()
    const form = formOfDocument(document)
    if (form === 'chat') return this.#chat(batch as Batch<ChatCompletionChunk, ChatCompletion>)
    if (form === 'completion') return this.#completion(batch as Batch<Completion, Completion>)
    const { filters, limiter } = this.#rewriting
    if (filters === undefined) {
      if (form === 'response' && limiter !== undefined) {
        const response = limitedResponse(document as Response, limiter)
        return response === document ? batch : documentLike(batch, response)
      }
      if (form === 'message' && limiter !== undefined) {
        const message = limitedMessage(document as Message, limiter)
        return message === document ? batch : documentLike(batch, message)
      }
      if (form === 'quiet' || form === 'image') return batch
      throw cannotOperate(this.#name, form)
    }
    if (form === 'content') {
      const response = new ContentFilter(filters).whole(document)
      return response === document ? batch : documentLike(batch, response)
    }
    const value = mapShape(document, DOCUMENT_SHAPES.get(form) ?? OTHER_DOCUMENT, filters)
    return value === document ? batch : documentLike(batch, value)
  }

  #chat(batch: Batch<ChatCompletionChunk, ChatCompletion>): Batch {
    const completion = batch.document()
    const { filters } = this.#rewriting
    const before = batch.chunks().filter((chunk) => chunk.choices.length > 0)
    if (before.length === 0 && filters !== undefined) {
      const value = mapShape(completion, OTHER_DOCUMENT, filters)
      return value === completion ? batch : documentLike(batch, value)
    }
    const after = this.#whole(before)
    if (completion === undefined || after === undefined) return batch
    const accumulator = new CompletionAccumulator()
    for (const chunk of after) accumulator.add(chunk)
    const { usage: _usage, ...rewritten } = accumulator.result()
    const { usage } = completion
    return documentLike(batch, { ...rewritten, ...(usage === undefined ? {} : { usage }) })
  }

  #completion(batch: Batch<Completion, Completion>): Batch {
    const after = this.#whole([completionAsChunk(batch.document()!)])
    return after === undefined
      ? batch
      : documentLike(batch, joinCompletions(after.map(chunkAsCompletion)))
  }

  /** What stands for all chunks of an answer; `undefined` where nothing changes. */
  #whole(before: readonly ChatCompletionChunk[]): readonly ChatCompletionChunk[] | undefined {
    if (before.length === 0) return undefined
    const { chunks, isChanged } = this.#answer.rewrite(before)
    const after = this.#enveloped([...chunks, ...this.#answer.flush()])
    const isSame =
      !isChanged &&
      after.length === before.length &&
      after.every((chunk, at) => chunk === before[at])
    return isSame ? undefined : after
  }

  #enveloped(chunks: readonly ChatCompletionChunk[]): readonly ChatCompletionChunk[] {
    const { envelope } = this.#rewriting
    return envelope === undefined ? chunks : chunks.map(envelope)
  }

  #flush(): void {
    if (this.#last === undefined) return
    const { gate } = this.#last
    const held = this.#enveloped(this.#answer.flush())
    if (held.length > 0) this.#emit(held, { gate, usage: undefined })
    const events = this.#events?.end() ?? []
    if (events.length > 0) this.#subscriber.next(new TypedEventBatch({ events }, gate))
    const contents = this.#contents?.end() ?? []
    if (contents.length > 0) this.#subscriber.next(new ChunkBatch(contents, gate))
    for (const batch of this.#plain?.end() ?? []) this.#subscriber.next(batch)
  }

  #emit(
    chunks: readonly ChatCompletionChunk[],
    { gate, usage }: Pick<Batch, 'gate' | 'usage'>,
  ): void {
    const own: readonly unknown[] = this.#isCompletion ? chunks.map(chunkAsCompletion) : chunks
    this.#subscriber.next(new ChunkBatch(own, gate, usage))
  }
}

function documentLike({ gate, usage, contentType }: Batch, value: unknown): Batch {
  return new DocumentBatch({ value }, gate, usage, contentType)
}
