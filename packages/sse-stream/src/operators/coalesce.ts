import { checkOptions, ConfigError, option, type Batch } from '@sluice/core'
import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs'
import { batchOfChunks, formedChunks, type FormedChunks } from '../response-form/chunks-of-form.ts'
import { textEventOf, textIn, type NamedEvent } from '../response-form/text-event.ts'
import type { ResponseOperator } from './internal/response-operator.ts'
import { mergeChunks } from './rewrite/merge-chunks.ts'
import { mergeEvents } from './rewrite/merge-events.ts'
import { operate } from './internal/operate.ts'
import { textsOfChunks } from './rewrite/spoken-text.ts'

/** When what has been gathered goes on; at least one of the two. */
export interface CoalesceOptions {
  /** Milliseconds that a delta may wait. @defaultValue until it is enough */
  readonly maxWaitMs?: number | undefined
  /** Characters, of all channels, that are enough. @defaultValue 4,096 */
  readonly maxChars?: number | undefined
  /** @defaultValue RxJS's `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
}

const RULES = { maxWaitMs: option.positive, maxChars: option.positive, scheduler: option.object }

/**
 * Merges small deltas: gathers them for so long, or until they are so many, and gives them as one
 * batch of as few chunks as say the same. A choice's end, usage, completion and an error are never
 * kept waiting. What is gathered never exceeds `maxChars` by more than one batch. Whole answers
 * pass, what is no text, and responses of Gemini's form. Works on every other operation.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function coalesce(options: CoalesceOptions): ResponseOperator {
  checkOptions('coalesce', 'ERR_SSE_STREAM_OPTIONS', options, RULES)
  const { maxWaitMs, maxChars = 4096, scheduler = asyncScheduler } = options
  if (maxWaitMs === undefined && options.maxChars === undefined) {
    throw new ConfigError(
      'ERR_SSE_STREAM_OPTIONS',
      'coalesce() takes `maxWaitMs`, `maxChars` or both.',
    )
  }
  const operator = operate<Batch, Batch>((subscriber) => {
    let gathered: FormedChunks | undefined
    let chars = 0
    let last: Batch | undefined
    let timer: Subscription | undefined

    const flush = () => {
      timer?.unsubscribe()
      timer = undefined
      if (gathered === undefined || last === undefined) return
      const batch = batchOfChunks(gathered, last)
      gathered = undefined
      chars = 0
      subscriber.next(batch)
    }
    const gather = (batch: Batch) => {
      const more = formedChunks(batch)
      if (more === undefined) {
        flush()
        subscriber.next(batch)
        return
      }
      last = batch
      gathered = merged(gathered === undefined ? more : joined(gathered, more))
      chars += charsOf(more)
      if (hasEnd(more) || chars >= maxChars) flush()
      else if (maxWaitMs !== undefined) timer ??= scheduler.schedule(flush, maxWaitMs)
    }
    return {
      next(batch) {
        if (batch.framing === 'events' && batch.usage === undefined) return gather(batch)
        flush()
        subscriber.next(batch)
      },
      error(error) {
        flush()
        subscriber.error(error)
      },
      complete() {
        flush()
        subscriber.complete()
      },
      teardown: () => timer?.unsubscribe(),
    }
  })
  return operator as ResponseOperator
}

function merged(formed: FormedChunks): FormedChunks {
  if (formed.form === 'named') return { form: 'named', events: mergeEvents(formed.events) }
  return { form: formed.form, chunks: mergeChunks(formed.chunks) }
}

function charsOf(formed: FormedChunks): number {
  const texts = formed.form === 'named' ? formed.events.map(textOf) : textsOfChunks(formed.chunks)
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0)
}

function textOf(event: NamedEvent): string | undefined {
  const text = textEventOf(event)
  return text === undefined ? undefined : textIn(event, text)
}

function joined(before: FormedChunks, after: FormedChunks): FormedChunks {
  if (before.form === 'named' && after.form === 'named') {
    return { form: 'named', events: [...before.events, ...after.events] }
  }
  if (before.form === 'named' || after.form === 'named')
    throw new TypeError('The answer changed its form.')
  return { form: before.form, chunks: [...before.chunks, ...after.chunks] }
}

/** Whether a choice, or one of the texts of a response, is over. */
function hasEnd(formed: FormedChunks): boolean {
  if (formed.form === 'named')
    return formed.events.some((event) => textEventOf(event) === undefined)
  return formed.chunks.some(({ choices }) => choices.some((choice) => choice.finish_reason))
}
