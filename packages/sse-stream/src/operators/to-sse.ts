import { ApiError } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { encodeFrame } from '../event-batch.ts'
import type { ChatBatch } from './chat-batch.ts'
import { operate } from './operate.ts'

/**
 * An answer as the bytes of OpenAI's event stream: what the batches hold, then `data: [DONE]`. A failure after the
 * first byte is said in the stream, `data: {"error":{…}}` without `[DONE]`, and completes it; one before it stays an
 * error, so that you can still answer with its status. A whole answer is written as the stream it would have been.
 */
export function toSse(): OperatorFunction<ChatBatch, Uint8Array> {
  return operate<ChatBatch, Uint8Array>((subscriber) => {
    const encoder = new TextEncoder()
    let hasBegun = false

    const write = (bytes: Uint8Array) => {
      if (bytes.length === 0) return
      hasBegun = true
      subscriber.next(bytes)
    }
    return {
      next(batch) {
        if (batch.framing === 'events') return write(batch.bytes)
        const chunks = batch.chunks().filter((chunk) => chunk.choices.length > 0)
        write(encoder.encode(chunks.map(encodeFrame).join('')))
      },
      error(error) {
        if (!hasBegun) return subscriber.error(error)
        write(encoder.encode(encodeFrame(ApiError.from(error).toBody())))
        subscriber.complete()
      },
      complete() {
        write(encoder.encode('data: [DONE]\n\n'))
        subscriber.complete()
      },
    }
  })
}
