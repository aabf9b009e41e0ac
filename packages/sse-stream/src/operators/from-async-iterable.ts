import { checkOptions, createGate, option, type Gate } from '@sluice/core'
import { Observable } from 'rxjs'

/** How an iterable is read. */
export interface FromAsyncIterableOptions {
  /** While it is held nothing is asked for. @defaultValue always open */
  readonly gate?: Gate | undefined
  /**
   * Called on unsubscribe, for a source whose pending read ends only by other means, as `() =>
   * stream.controller.abort()` does.
   */
  readonly release?: (() => void) | undefined
}

/** What is read one by one and can be let go while a read is pending. */
interface Reading<T> {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: T | undefined }>
  release(): unknown
}

/**
 * Values of an async iterable or a web stream, asked for one by one and only while the gate is
 * open. Unlike RxJS's `from` it lets go of a source that stalls: on unsubscribe a web stream is
 * cancelled, a Node stream destroyed, and an iterator told to `return` without waiting for the read
 * that is pending.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 */
export function fromAsyncIterable<T>(
  source: AsyncIterable<T> | ReadableStream<T>,
  options: FromAsyncIterableOptions = {},
): Observable<T> {
  checkOptions('fromAsyncIterable', 'ERR_SSE_STREAM_OPTIONS', options, {
    gate: option.object,
    release: option.function,
  })
  return new Observable<T>((subscriber) => {
    const gate = options.gate ?? createGate()
    const reading = 'getReader' in source ? readStream(source) : readIterable(source)
    let isOver = false
    let stopWaiting = () => {}

    const ask = () => {
      if (!subscriber.closed) stopWaiting = gate.whenOpen(read)
    }
    const read = () => {
      reading.next().then(take, fail)
    }
    const take = ({ done, value }: { done?: boolean | undefined; value?: T | undefined }) => {
      if (done === true) {
        isOver = true
        subscriber.complete()
        return
      }
      subscriber.next(value as T)
      ask()
    }
    const fail = (error: unknown) => {
      isOver = true
      subscriber.error(error)
    }
    ask()
    return () => {
      stopWaiting()
      if (isOver) return
      options.release?.()
      // Nobody is left to hear how letting go went, and it may wait for a read that never ends.
      new Promise((resolve) => resolve(reading.release())).catch(() => {})
    }
  })
}

function readStream<T>(stream: ReadableStream<T>): Reading<T> {
  const reader = stream.getReader()
  return { next: () => reader.read(), release: () => reader.cancel() }
}

function readIterable<T>(source: AsyncIterable<T>): Reading<T> {
  const iterator = source[Symbol.asyncIterator]()
  return {
    next: async () => iterator.next(),
    release() {
      const { destroy } = source as { destroy?: unknown }
      return typeof destroy === 'function' ? destroy.call(source) : iterator.return?.()
    },
  }
}
