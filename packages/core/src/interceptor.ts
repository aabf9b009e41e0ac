import type { Observable } from 'rxjs'
import type { Batch } from './batch.ts'
import type { Call } from './call.ts'
import type { Handler } from './handler.ts'
import type { Chunk, Document, Operation } from './operation.ts'

/**
 * Where an interceptor stands, outermost first. `observe` sees everything, cache hits and refusals too; `guard` refuses before any
 * work; `cache` answers from memory, so that a hit is counted and guarded; `route` is next to the providers, so that a retry repeats nothing above it.
 */
export type Phase = 'observe' | 'guard' | 'cache' | 'route'

/** The phases in the order in which a call passes them. */
export const phases: readonly Phase[] = ['observe', 'guard', 'cache', 'route']

/** Wraps a handler: sees the call on its way in and the batches on their way out. */
export interface Interceptor {
  readonly name: string
  readonly phase: Phase
  intercept<O extends Operation>(call: Call<O>, next: Handler): Observable<Batch<Chunk<O>, Document<O>>>
}
