import type { Batch, Gate } from '@sluice/core'
import { Observable } from 'rxjs'

/** An answer of one batch, given as soon as the gate is open. */
export function oneBatch<Chunk, Document>(
  gate: Gate,
  batch: Batch<Chunk, Document>,
): Observable<Batch<Chunk, Document>> {
  return new Observable((subscriber) =>
    gate.whenOpen(() => {
      subscriber.next(batch)
      subscriber.complete()
    }),
  )
}
