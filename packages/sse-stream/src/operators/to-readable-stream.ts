import { checkOptions, option, type Gate } from '@sluice/core'
import type { Observable, Subscription } from 'rxjs'
import { gateOf } from './internal/gate-of.ts'

/** How far a reader may fall behind. */
export interface ToReadableStreamOptions {
  /** The gate of the call, where the values are not batches, which carry it themselves. */
  readonly gate?: Gate | undefined
  /**
   * The gate is held while so much waits: bytes of byte arrays and batches, characters of strings,
   * else 1 for each value.
   * @defaultValue 65,536
   */
  readonly highWaterMark?: number | undefined
}

/**
 * An Observable as a web stream: for `new Response(…)`, `pipeTo`, edge runtimes. While the reader
 * is behind the gate is held; cancelling unsubscribes. An error breaks the stream at once, as web
 * streams do, and drops what waits; put `toSse` before it to have the error said in the stream.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example new Response(toReadableStream(reply$.pipe(toSse()), { gate: call.gate }), { headers })
 */
export function toReadableStream<T>(
  source: Observable<T>,
  options: ToReadableStreamOptions = {},
): ReadableStream<T> {
  checkOptions('toReadableStream', 'ERR_SSE_STREAM_OPTIONS', options, {
    gate: option.object,
    highWaterMark: option.positive,
  })
  const { gate, highWaterMark = 65_536 } = options
  let subscription: Subscription | undefined
  let release: (() => void) | undefined
  const open = () => {
    const held = release
    release = undefined
    held?.()
  }
  return new ReadableStream<T>(
    {
      start(controller) {
        subscription = source.subscribe({
          next(value) {
            controller.enqueue(value)
            if ((controller.desiredSize ?? 0) <= 0) release ??= gateOf(value, gate)?.hold()
          },
          error(error: unknown) {
            open()
            controller.error(error)
          },
          complete() {
            open()
            controller.close()
          },
        })
      },
      pull: open,
      cancel() {
        subscription?.unsubscribe()
        open()
      },
    },
    { highWaterMark, size: sizeOf },
  )
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value instanceof Uint8Array) return value.byteLength
  const isBatch =
    typeof value === 'object' &&
    value !== null &&
    'bytes' in value &&
    value.bytes instanceof Uint8Array
  return isBatch ? (value.bytes as Uint8Array).byteLength : 1
}
