import { ApiError, type Batch } from '@sluice/core'
import { errorBody } from '@sluice/core/internal'
import type { Completion } from '@sluice/core/wire'
import type { OperatorFunction } from 'rxjs'
import { cannotOperate, formOfChunk, formOfDocument } from '../response-form/response-form.ts'
import { encodeFrame } from '../batch/event-batch.ts'
import { encodeTypedFrame } from '../batch/typed-event-batch.ts'
import { operate } from './internal/operate.ts'

/**
 * An answer as the bytes of OpenAI's event stream: what the batches hold, then `data: [DONE]`,
 * which events that say their own names do without. A failure after the first byte is said in the
 * stream, `data: {"error":{…}}` without `[DONE]`, in a response or message the event `error`, and
 * completes it; one before it stays an error, so that you can still answer with its status. A whole chat or
 * legacy completion is written as the stream it would have been.
 *
 * Fails with a ConfigError, `ERR_SSE_STREAM_OPERATION`, for other whole answers and for what is no
 * JSON.
 */
export function toSse(): OperatorFunction<Batch, Uint8Array> {
  return operate<Batch, Uint8Array>((subscriber) => {
    const encoder = new TextEncoder()
    let hasBegun = false
    let form: ReturnType<typeof formOfChunk> | undefined

    const write = (bytes: Uint8Array) => {
      if (bytes.length === 0) return
      hasBegun = true
      subscriber.next(bytes)
    }
    return {
      next(batch) {
        if (batch.framing !== 'events') return write(encoder.encode(framesOf(batch)))
        // Parsed once for a stream, to learn what its end looks like.
        if (form === undefined && batch.bytes.length > 0) form = formOf(batch)
        write(batch.bytes)
      },
      error(error) {
        if (!hasBegun) return subscriber.error(error)
        write(encoder.encode(errorFrame(ApiError.from(error), form)))
        subscriber.complete()
      },
      complete() {
        if (form === undefined || form === 'chat' || form === 'completion')
          write(encoder.encode('data: [DONE]\n\n'))
        subscriber.complete()
      },
    }
  })
}

function errorFrame(error: ApiError, form: ReturnType<typeof formOfChunk> | undefined): string {
  const body = error.toBody()
  if (form === 'response') return encodeTypedFrame({ ...body.error, type: 'error' })
  if (form !== 'message') return encodeFrame(body)
  const { request_id: _none, ...told } = errorBody(error, 'anthropic', '') as {
    request_id?: string
  }
  return encodeTypedFrame({ type: 'error', ...told })
}

function formOf(batch: Batch): ReturnType<typeof formOfChunk> | undefined {
  const [first] = batch.chunks()
  return first === undefined ? undefined : formOfChunk(first)
}

function framesOf(batch: Batch): string {
  const form = batch.framing === 'document' ? formOfDocument(batch.document()) : 'unknown'
  if (form !== 'chat' && form !== 'completion') throw cannotOperate('toSse', form)
  const chunks = (batch.chunks() as readonly Pick<Completion, 'choices'>[]).filter(
    ({ choices }) => choices.length > 0,
  )
  return chunks.map(encodeFrame).join('')
}
