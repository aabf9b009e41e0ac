import { ApiError } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { GrowingJson } from './rewrite/growing-json.ts'
import { operate } from './internal/operate.ts'

/**
 * A value of which the end may still be missing: fields that have not come, lists that are shorter,
 * the last string cut.
 */
export type PartialJson<T> = T extends readonly (infer Item)[]
  ? PartialJson<Item>[]
  : T extends object
    ? { [Key in keyof T]?: PartialJson<T[Key]> }
    : T

/**
 * JSON text that comes in pieces, as the value it has so far: once for each piece that changes it.
 * Texts grow; numbers, `true`, `false` and `null` come when they are whole. Each value is a new
 * object that shares with the one before what has not changed, so values can be kept and compared.
 *
 * Fails with `upstream_invalid_response` where the text is no JSON or nests deeper than 128 levels,
 * and with `stream_incomplete` where it ends inside the value.
 *
 * @example handler(call).pipe(pickText(), partialJson<Recipe>()).subscribe(({ title = '…' }) => render(title))
 */
export function partialJson<T = unknown>(): OperatorFunction<string, PartialJson<T>> {
  return operate<string, PartialJson<T>>((subscriber) => {
    const json = new GrowingJson()
    return {
      next(text) {
        if (json.push(text)) subscriber.next(json.value as PartialJson<T>)
      },
      complete() {
        if (json.end()) subscriber.next(json.value as PartialJson<T>)
        if (!json.isComplete) {
          throw new ApiError('stream_incomplete', {
            message: 'The answer ended inside its JSON value.',
          })
        }
        subscriber.complete()
      },
    }
  })
}
