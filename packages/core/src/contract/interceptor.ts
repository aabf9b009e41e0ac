import type { Observable } from 'rxjs'
import type { Batch } from './batch.ts'
import type { AnyCall } from './call.ts'
import type { Handler } from './handler.ts'

/**
 * Where an interceptor stands, outermost first. `observe` sees everything, cache hits and refusals
 * too; `guard` refuses before any work; `cache` answers from memory, so that a hit is counted and
 * guarded; `route` is next to the providers, so that a retry repeats nothing above it.
 */
export type Phase = 'observe' | 'guard' | 'cache' | 'route'

/** The phases in the order in which a call passes them. */
export const phases: readonly Phase[] = ['observe', 'guard', 'cache', 'route']

/**
 * Wraps a handler: sees the call on its way in and the batches on their way out. What it does not
 * care for it hands on: `return next(call)`.
 *
 * @example
 * const polite: Interceptor = {
 *   name: 'polite',
 *   phase: 'guard',
 *   intercept(call, next) {
 *     if (call.operation !== 'chat.completions') return next(call)
 *     const messages = [{ role: 'system' as const, content: 'Be polite.' }, ...call.params.messages]
 *     return next(withCall(call, { params: { ...call.params, messages } }))
 *   },
 * }
 */
export interface Interceptor {
  readonly name: string
  readonly phase: Phase
  intercept(call: AnyCall, next: Handler): Observable<Batch>
}
