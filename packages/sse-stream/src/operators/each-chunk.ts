import type { Batch } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { operate } from './operate.ts'

/**
 * Takes batches apart into single chunks, for those who think in them. The usage chunk comes only where the caller
 * asked for it; a whole answer gives the chunks that a stream would have had. Costs one parse per chunk, shared with
 * all who look at the same batch.
 */
export function eachChunk<Chunk>(): OperatorFunction<Batch<Chunk>, Chunk> {
  return operate<Batch<Chunk>, Chunk>((subscriber) => ({
    next(batch) {
      for (const chunk of batch.chunks()) subscriber.next(chunk)
    },
  }))
}
