import { checkOptions, option, type Gate } from '@sluice/core'
import type { Observable, Subscription } from 'rxjs'
import { gateOf } from './internal/gate-of.ts'

/** How far a loop may fall behind. */
export interface ToAsyncIterableOptions {
  /** The gate of the call, where the values are not batches, which carry it themselves. */
  readonly gate?: Gate | undefined
  /** The gate is held while so many values wait. @defaultValue 16 */
  readonly maxQueued?: number | undefined
}

/**
 * An Observable for `for await`. Each loop is a subscription of its own; leaving it unsubscribes,
 * and an error is thrown in it once what came before has been taken. While the loop is behind the
 * gate is held; without a gate nothing can be held, and what has not been taken waits in memory.
 *
 * @throws ConfigError `ERR_SSE_STREAM_OPTIONS`
 * @example for await (const text of toAsyncIterable(reply$.pipe(pickText()), { gate: call.gate })) await speak(text)
 */
export function toAsyncIterable<T>(
  source: Observable<T>,
  options: ToAsyncIterableOptions = {},
): AsyncIterable<T> {
  checkOptions('toAsyncIterable', 'ERR_SSE_STREAM_OPTIONS', options, {
    gate: option.object,
    maxQueued: option.positive,
  })
  return { [Symbol.asyncIterator]: () => new PulledValues(source, options) }
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

class PulledValues<T> implements AsyncIterator<T, undefined> {
  readonly #source: Observable<T>
  readonly #gate: Gate | undefined
  readonly #maxQueued: number
  #subscription: Subscription | undefined
  #queue: T[] = []
  #waiting: Waiting<T>[] = []
  #end: { readonly error?: unknown; readonly isError: boolean } | undefined
  #release: (() => void) | undefined

  constructor(source: Observable<T>, options: ToAsyncIterableOptions) {
    this.#source = source
    this.#gate = options.gate
    this.#maxQueued = options.maxQueued ?? 16
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#subscription === undefined && this.#end === undefined) this.#subscribe()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#settle()
    })
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#queue = []
    this.#end = { isError: false }
    this.#open()
    this.#subscription?.unsubscribe()
    this.#settle()
    return { done: true, value: undefined }
  }

  #subscribe(): void {
    this.#subscription = this.#source.subscribe({
      next: (value) => {
        if (this.#end !== undefined) return
        this.#queue.push(value)
        if (this.#waiting.length > 0) this.#settle()
        else if (this.#queue.length >= this.#maxQueued)
          this.#release ??= gateOf(value, this.#gate)?.hold()
      },
      error: (error: unknown) => this.#finish({ error, isError: true }),
      complete: () => this.#finish({ isError: false }),
    })
  }

  #finish(end: { readonly error?: unknown; readonly isError: boolean }): void {
    this.#end ??= end
    this.#open()
    this.#settle()
  }

  #settle(): void {
    while (this.#waiting.length > 0) {
      if (this.#queue.length > 0) {
        this.#waiting.shift()!.resolve({ done: false, value: this.#queue.shift()! })
        if (this.#queue.length < this.#maxQueued) this.#open()
      } else if (this.#end === undefined) return
      else if (this.#end.isError) {
        const { error } = this.#end
        // Only the first to ask hears of it; after an error an iterator is at its end.
        this.#end = { isError: false }
        this.#waiting.shift()!.reject(error)
      } else this.#waiting.shift()!.resolve({ done: true, value: undefined })
    }
  }

  #open(): void {
    const release = this.#release
    this.#release = undefined
    release?.()
  }
}
