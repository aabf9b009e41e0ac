import type { Batch, Call, Chunk, Clock, Document, Operation } from '@sluice/core'
import type { Observable } from 'rxjs'

/** What the demo's answers are made with. */
export interface DemoContext {
  readonly clock: Clock
  /** Words a second of a streamed answer; 0 gives them as fast as they are taken. */
  readonly tokensPerSecond: number
}

/**
 * How the demo answers one operation. What it throws, when called or subscribed to, becomes the
 * call's error.
 */
export type DemoHandler<O extends Operation> = (
  call: Call<O>,
  context: DemoContext,
) => Observable<Batch<Chunk<O>, Document<O>>>
