import { ApiError, type ChatCompletion, type CompletionUsage } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { ChatAccumulator } from '../chat-accumulator.ts'
import type { ChatBatch } from './chat-batch.ts'
import { operate } from './operate.ts'

/**
 * The whole answer, once it is there: all choices, tool calls, log probabilities, refusals, annotations, and usage
 * though the stream may not show it. Holds all of the answer in memory. `toChunks` is its inverse.
 *
 * Fails with `stream_incomplete` where a choice has no finish reason, so that a broken answer is never taken for a
 * short one; an empty source gives nothing.
 */
export function accumulate(): OperatorFunction<ChatBatch, ChatCompletion> {
  return operate<ChatBatch, ChatCompletion>((subscriber) => {
    const accumulator = new ChatAccumulator()
    let document: ChatCompletion | undefined
    let usage: CompletionUsage | undefined
    let isEmpty = true
    return {
      next(batch) {
        isEmpty = false
        usage = batch.usage ?? usage
        document = batch.document()
        if (document === undefined) for (const chunk of batch.chunks()) accumulator.add(chunk)
      },
      complete() {
        if (document !== undefined) subscriber.next(document)
        else if (!isEmpty) {
          if (!accumulator.isComplete) {
            throw new ApiError('stream_incomplete', { message: 'The answer ended before it was complete.' })
          }
          subscriber.next({ ...accumulator.result(), ...(usage === undefined ? {} : { usage }) })
        }
        subscriber.complete()
      },
    }
  })
}
