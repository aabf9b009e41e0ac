import { Readable } from 'node:stream'
import { checkOptions, option, type Gate } from '@sluice/core'
import { Subscription, type Observable } from 'rxjs'
import { gateOf } from '../operators/internal/gate-of.ts'

/** How far a reader may fall behind. */
export interface ToNodeReadableOptions {
  /** The gate of the call, where the values are not batches, which carry it themselves. */
  readonly gate?: Gate | undefined
  /** For values that are neither bytes nor strings. @defaultValue false */
  readonly objectMode?: boolean | undefined
  /**
   * Bytes, or values in object mode, that may wait before the gate is held.
   * @defaultValue Node's own
   */
  readonly highWaterMark?: number | undefined
}

/**
 * An Observable as a Node stream: for `pipeline`, files, child processes. Reading subscribes; while
 * the reader is behind the gate is held; destroying unsubscribes. An error destroys the stream and
 * drops what waits; put `toSse` before it to have the error said in the stream.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function toNodeReadable<T>(
  source: Observable<T>,
  options: ToNodeReadableOptions = {},
): Readable {
  checkOptions('toNodeReadable', 'ERR_SSE_STREAM_OPTIONS', options, {
    gate: option.object,
    objectMode: option.boolean,
    highWaterMark: option.count,
  })
  const { gate, objectMode = false, highWaterMark } = options
  let subscription: Subscription | undefined
  let release: (() => void) | undefined
  const open = () => {
    const held = release
    release = undefined
    held?.()
  }
  return new Readable({
    objectMode,
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    read() {
      open()
      if (subscription !== undefined) return
      subscription = new Subscription()
      const subscribed = source.subscribe({
        next: (value) => {
          if (!this.push(value)) release ??= gateOf(value, gate)?.hold()
        },
        error: (error: unknown) =>
          this.destroy(error instanceof Error ? error : new Error(String(error))),
        complete: () => this.push(null),
      })
      subscription.add(subscribed)
    },
    destroy(error, done) {
      subscription?.unsubscribe()
      open()
      done(error)
    },
  })
}
