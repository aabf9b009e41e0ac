import { checkOptions, option, type Batch } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import { asyncScheduler, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs'
import { batchOfChunks, formedChunks, type FormedChunks } from '../response-form/chunks-of-form.ts'
import type { NamedEvent } from '../response-form/text-event.ts'
import { TypedEventBatch } from '../batch/typed-event-batch.ts'
import type { ResponseOperator } from './internal/response-operator.ts'
import { EventPacer, type PacedEvent } from './internal/event-pacer.ts'
import { operate, type OperatorHooks } from './internal/operate.ts'
import { TextPacer, type PacedChunk } from './internal/text-pacer.ts'

/** The pace of an answer. */
export interface SmoothOptions {
  /** Milliseconds between two pieces. */
  readonly intervalMs: number
  /**
   * What a piece is. Words are those of the language, also where it writes none apart, as Chinese
   * and Japanese.
   * @defaultValue `word`
   */
  readonly by?: 'word' | 'character' | undefined
  /** Language of the text, as a BCP 47 tag. @defaultValue the runtime's own */
  readonly locale?: string | undefined
  /** The source is held while more characters than this wait. @defaultValue 2,000 */
  readonly maxQueuedChars?: number | undefined
  /** @defaultValue RxJS's `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
}

const RULES = {
  intervalMs: option.positive,
  by: {
    expected: '`word` or `character`',
    accepts: (value: unknown) => value === 'word' || value === 'character',
  },
  locale: option.string,
  maxQueuedChars: option.positive,
  scheduler: option.object,
}

/**
 * Gives text, thoughts and refusals at an even pace, word by word or character by character,
 * however the vendor's bursts come. Everything else keeps its place between them. While more than
 * `maxQueuedChars` wait, the gate is held and the source reads no further. The answer completes
 * when all has been given; an error does not wait: what is left comes at once before it. Whole
 * answers pass, what is no text, and responses of Gemini's form. Works on every other operation.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example handler(call).pipe(smooth({ intervalMs: 30, locale: 'ja' }))
 */
export function smooth(options: SmoothOptions): ResponseOperator {
  checkOptions(
    'smooth',
    'ERR_SSE_STREAM_OPTIONS',
    { ...options, intervalMs: options.intervalMs ?? null },
    RULES,
  )
  return operate<Batch, Batch>(
    (subscriber) => new PacedAnswer(subscriber, options),
  ) as ResponseOperator
}

class PacedAnswer implements OperatorHooks<Batch> {
  readonly #subscriber: Subscriber<Batch>
  readonly #intervalMs: number
  readonly #maxQueuedChars: number
  readonly #scheduler: SchedulerLike
  readonly #pacer: TextPacer
  readonly #events: EventPacer
  #form: FormedChunks['form'] = 'chat'
  #queue: (PacedChunk | PacedEvent | Batch)[] = []
  #queuedChars = 0
  #last: Batch | undefined
  #release: (() => void) | undefined
  #timer: Subscription | undefined
  #nextAt = -Infinity
  #isComplete = false

  constructor(subscriber: Subscriber<Batch>, options: SmoothOptions) {
    this.#subscriber = subscriber
    this.#intervalMs = options.intervalMs
    this.#maxQueuedChars = options.maxQueuedChars ?? 2000
    this.#scheduler = options.scheduler ?? asyncScheduler
    const granularity = options.by === 'character' ? 'grapheme' : 'word'
    const segmenter = new Intl.Segmenter(options.locale, { granularity })
    this.#pacer = new TextPacer(segmenter)
    this.#events = new EventPacer(segmenter)
  }

  next(batch: Batch): void {
    this.#last = batch
    const formed = batch.framing === 'events' ? formedChunks(batch) : undefined
    if (formed !== undefined) this.#form = formed.form
    if (formed?.form === 'named') {
      for (const event of formed.events) this.#enqueue(this.#events.push(event))
      // The last event and what the answer cost come together.
      if (batch.usage !== undefined)
        this.#queue.push(new TypedEventBatch({ events: [] }, batch.gate, batch.usage))
    } else if (formed !== undefined && batch.usage === undefined) {
      for (const chunk of formed.chunks) this.#enqueue(this.#pacer.push(chunk))
    } else {
      this.#end()
      this.#queue.push(batch)
    }
    this.#advance()
  }

  error(error: unknown): void {
    this.#end()
    while (this.#queue.length > 0) this.#give()
    this.#subscriber.error(error)
  }

  complete(): void {
    this.#isComplete = true
    this.#end()
    this.#advance()
  }

  teardown(): void {
    this.#timer?.unsubscribe()
    this.#queue = []
    this.#release?.()
  }

  #end(): void {
    this.#enqueue(this.#pacer.end())
    this.#enqueue(this.#events.end())
  }

  #enqueue(parts: readonly (PacedChunk | PacedEvent)[]): void {
    for (const part of parts) {
      this.#queue.push(part)
      this.#queuedChars += part.chars
    }
  }

  #advance(): void {
    if (this.#timer !== undefined) return this.#balance()
    const now = this.#scheduler.now()
    if (this.#queue.length > 0 && now >= this.#nextAt) {
      this.#nextAt = now + this.#intervalMs
      this.#give()
    }
    if (this.#queue.length > 0) {
      // The clock may have been set back meanwhile; nobody waits longer than one interval for that.
      const delay = Math.min(this.#intervalMs, Math.max(0, this.#nextAt - now))
      this.#timer = this.#scheduler.schedule(() => this.#tick(), delay)
    } else if (this.#isComplete) this.#subscriber.complete()
    this.#balance()
  }

  #tick(): void {
    this.#timer = undefined
    this.#nextAt = -Infinity
    this.#advance()
  }

  /** Gives one paced piece, what stands before it, and what need not wait behind it. */
  #give(): void {
    const parts: (ChatCompletionChunk | NamedEvent)[] = []
    let hasPiece = false
    while (this.#queue.length > 0) {
      const item = this.#queue[0]!
      if ('bytes' in item) break
      if (item.chars > 0 && hasPiece) break
      hasPiece ||= item.chars > 0
      parts.push(item.chunk)
      this.#queuedChars -= item.chars
      this.#queue.shift()
    }
    if (parts.length > 0) this.#subscriber.next(this.#batch(parts))
    const batch = this.#queue[0]
    if (batch === undefined || !('bytes' in batch)) return
    this.#queue.shift()
    this.#subscriber.next(batch)
  }

  #batch(parts: (ChatCompletionChunk | NamedEvent)[]): Batch {
    const form = this.#form
    const formed: FormedChunks =
      form === 'named'
        ? { form, events: parts as NamedEvent[] }
        : { form, chunks: parts as ChatCompletionChunk[] }
    return batchOfChunks(formed, this.#last!)
  }

  /** Last of all, as opening the gate may bring the next batch at once. */
  #balance(): void {
    if (this.#queuedChars > this.#maxQueuedChars) this.#release ??= this.#last?.gate.hold()
    else if (this.#release !== undefined && this.#queuedChars * 2 <= this.#maxQueuedChars) {
      const release = this.#release
      this.#release = undefined
      release()
    }
  }
}
