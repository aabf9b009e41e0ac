import { checkOptions, ConfigError, option, type ChatCompletionChunk } from '@sluice/core'
import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike, type Subscription } from 'rxjs'
import { ChunkBatch } from '../event-batch.ts'
import type { ChatBatch } from './chat-batch.ts'
import { mergeChunks } from './merge-chunks.ts'
import { operate } from './operate.ts'
import { textsOfChunks } from './said-text.ts'

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
 * Merges small deltas: gathers them for so long, or until they are so many, and gives them as one batch of as few
 * chunks as say the same. A choice's end, usage, completion and an error are never kept waiting. What is gathered never
 * exceeds `maxChars` by more than one batch. Whole answers pass.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function coalesce(options: CoalesceOptions): MonoTypeOperatorFunction<ChatBatch> {
  checkOptions('coalesce', 'ERR_SSE_STREAM_OPTIONS', options, RULES)
  const { maxWaitMs, maxChars = 4096, scheduler = asyncScheduler } = options
  if (maxWaitMs === undefined && options.maxChars === undefined) {
    throw new ConfigError('ERR_SSE_STREAM_OPTIONS', 'coalesce() takes `maxWaitMs`, `maxChars` or both.')
  }
  return operate<ChatBatch, ChatBatch>((subscriber) => {
    let gathered: ChatCompletionChunk[] = []
    let chars = 0
    let last: ChatBatch | undefined
    let timer: Subscription | undefined

    const flush = () => {
      timer?.unsubscribe()
      timer = undefined
      if (gathered.length === 0 || last === undefined) return
      const batch = new ChunkBatch(mergeChunks(gathered), last.gate)
      gathered = []
      chars = 0
      subscriber.next(batch)
    }
    const gather = (batch: ChatBatch) => {
      const chunks = batch.chunks()
      last = batch
      gathered.push(...chunks)
      for (const text of textsOfChunks(chunks)) chars += text.length
      const hasEnd = chunks.some(({ choices }) => choices.some((choice) => choice.finish_reason))
      if (hasEnd || chars >= maxChars) flush()
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
}
