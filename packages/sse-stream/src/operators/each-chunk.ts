import type { Batch } from '@sluice/core'
import type { OperatorFunction } from 'rxjs'
import { cannotOperate, formOfDocument } from '../response-form/response-form.ts'
import { operate } from './internal/operate.ts'

/**
 * Takes batches apart into single chunks, for those who think in them. The usage chunk comes only
 * where the caller asked for it; a whole answer gives the chunks that a stream would have had.
 * Costs one parse per chunk, shared with all who look at the same batch.
 *
 * Fails with a ConfigError, `ERR_SSE_STREAM_OPERATION`, for whole answers of other operations than
 * chat and legacy completions, and for what is no JSON: they have no chunks.
 */
export function eachChunk<Chunk>(): OperatorFunction<Batch<Chunk>, Chunk> {
  return operate<Batch<Chunk>, Chunk>((subscriber) => ({
    next(batch) {
      const chunks = batch.chunks()
      if (chunks.length === 0 && batch.framing !== 'events') refuse(batch)
      for (const chunk of chunks) subscriber.next(chunk)
    },
  }))
}

function refuse(batch: Batch): void {
  const form = batch.framing === 'document' ? formOfDocument(batch.document()) : 'unknown'
  if (form !== 'chat' && form !== 'completion') throw cannotOperate('eachChunk', form)
}
