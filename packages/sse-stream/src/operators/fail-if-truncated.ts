import { ApiError, type Batch } from '@sluice/core'
import { SaidReader } from '../response-form/said-reader.ts'
import type { ResponseOperator } from './internal/response-operator.ts'
import { operate } from './internal/operate.ts'

/**
 * Turns an answer that just stops into an error: where the source completes though a choice has no
 * finish reason, or without having said anything, the result fails with `stream_incomplete`.
 * Answers of Sluice's providers are checked already; this is for sources of your own.
 */
export function failIfTruncated(): ResponseOperator {
  const operator = operate<Batch, Batch>((subscriber) => {
    const reader = new SaidReader()
    const open = new Set<number>()
    let hasFinished = false
    return {
      next(batch) {
        // What is not streamed ends as its length or its connection says; nothing in it does.
        if (batch.framing === 'binary') hasFinished = true
        for (const { choices } of reader.read(batch)) {
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
          throw new ApiError('stream_incomplete', {
            message: 'The answer ended before it was complete.',
          })
        }
        subscriber.complete()
      },
    }
  })
  return operator as ResponseOperator
}
