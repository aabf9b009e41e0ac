import { ApiError } from '@sluice/core'
import type { MonoTypeOperatorFunction } from 'rxjs'
import type { ChatBatch } from './chat-batch.ts'
import { operate } from './operate.ts'

/**
 * Turns an answer that just stops into an error: where the source completes though a choice has no finish reason, or
 * without having said anything, the result fails with `stream_incomplete`. Answers of Sluice's providers are checked
 * already; this is for sources of your own.
 */
export function failIfTruncated(): MonoTypeOperatorFunction<ChatBatch> {
  return operate<ChatBatch, ChatBatch>((subscriber) => {
    const open = new Set<number>()
    let hasFinished = false
    return {
      next(batch) {
        for (const { choices } of batch.chunks()) {
          for (const choice of choices) {
            if (!choice.finish_reason) open.add(choice.index)
            else {
              open.delete(choice.index)
              hasFinished = true
            }
          }
        }
        subscriber.next(batch)
      },
      complete() {
        if (open.size > 0 || !hasFinished) {
          throw new ApiError('stream_incomplete', { message: 'The answer ended before it was complete.' })
        }
        subscriber.complete()
      },
    }
  })
}
