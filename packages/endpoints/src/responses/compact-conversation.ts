import { ApiError, type Batch, type Call } from '@sluice/core'
import type { Response } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { map, type Observable } from 'rxjs'
import { inputItems } from './input-items.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * Returns the params of a response that sums a conversation up: the same input with an item behind
 * it that asks for that. Nothing of it is kept, and it comes as a whole.
 */
export function compactParams(body: Json): Json {
  const input = [...inputItems(body['input']), { type: 'compaction_trigger' }]
  return { ...body, input, stream: false, store: false, background: false }
}

/** Turns a response that sums a conversation up into what `POST /responses/compact` gives. */
export function asCompaction(responses: Observable<Batch>, call: Call): Observable<Batch> {
  return responses.pipe(
    map((batch) => {
      const { id, created_at, usage, output } = batch.document() as Response
      if (!output.some(({ type }) => type === 'compaction')) {
        throw new ApiError('upstream_invalid_response', {
          message: 'The model gave no summary of the conversation.',
        })
      }
      const value = { id, object: 'response.compaction', created_at, usage, output }
      return new DocumentBatch<never, unknown>({ value }, call.gate, batch.usage)
    }),
  )
}
