import {
  ApiError,
  checkOptions,
  createGate,
  option,
  systemClock,
  type Clock,
  type Gate,
} from '@sluice/core'
import { isObservable, type Observable } from 'rxjs'
import { ChatStreamDecoder } from '../chat/chat-stream-decoder.ts'
import type { ChatBatch } from './internal/chat-batch.ts'
import { fromAsyncIterable } from './from-async-iterable.ts'
import { openaiDecoder } from '../chat/openai-decoder.ts'
import { operate } from './internal/operate.ts'

/** How a stream of events is read. */
export interface FromEventsOptions {
  /**
   * Flow control of the batches; where the source is no Observable, nothing is read while it is
   * held.
   * @defaultValue a gate of its own
   */
  readonly gate?: Gate | undefined
  /**
   * Whether the usage chunk is shown; what it says is on the last batch in any case.
   * @defaultValue false
   */
  readonly includeUsage?: boolean | undefined
  /** For a stream that does not name its model. @defaultValue none */
  readonly model?: string | undefined
  /** A longer event breaks the stream. @defaultValue 4 MiB */
  readonly maxEventBytes?: number | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  gate: option.object,
  includeUsage: option.boolean,
  model: option.string,
  maxEventBytes: option.positive,
  clock: option.object,
}

/**
 * The bytes of a streamed chat completion, as OpenAI and Sluice send them, as batches: from
 * `fetch`, a file, a socket. Ends, and lets the source go, at `[DONE]`.
 *
 * Fails with `stream_incomplete` where the stream breaks off or cannot be read, with the vendor's
 * error where it says one, and before anything was said with `upstream_unreachable`,
 * `upstream_empty_stream` or `upstream_invalid_response`.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example fromEvents(response.body!).pipe(pickText()).subscribe(show) // a Response of fetch
 */
export function fromEvents(
  source: Observable<Uint8Array> | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  options: FromEventsOptions = {},
): Observable<ChatBatch> {
  checkOptions('fromEvents', 'ERR_SSE_STREAM_OPTIONS', options, RULES)
  const {
    gate = createGate(),
    includeUsage = false,
    model = '',
    clock = systemClock,
    maxEventBytes,
  } = options
  const bytes = isObservable(source) ? source : fromAsyncIterable(source, { gate })
  return bytes.pipe(
    operate<Uint8Array, ChatBatch>((subscriber) => {
      const id = `chatcmpl-${globalThis.crypto.randomUUID().replaceAll('-', '')}`
      const envelope = { id, created: Math.floor(clock.wall() / 1000), model }
      const translator = new ChatStreamDecoder({
        decoder: openaiDecoder,
        envelope,
        gate,
        includeUsage,
        maxEventBytes,
      })
      let isDelivered = false

      const finish = () => {
        for (const batch of translator.end()) subscriber.next(batch)
        if (translator.failure === undefined) subscriber.complete()
        else subscriber.error(translator.failure)
      }
      return {
        next(piece) {
          const batch = translator.push(piece)
          if (batch !== undefined) {
            isDelivered = true
            subscriber.next(batch)
          }
          if (translator.upstreamDone || translator.failure !== undefined) finish()
        },
        error(error) {
          subscriber.error(ApiError.is(error) ? error : brokenOff(error, isDelivered))
        },
        complete: finish,
      }
    }),
  )
}

function brokenOff(cause: unknown, isDelivered: boolean): ApiError {
  return isDelivered
    ? new ApiError('stream_incomplete', {
        message: 'The stream broke off before the answer was complete.',
        cause,
      })
    : new ApiError('upstream_unreachable', { message: 'The stream could not be read.', cause })
}
