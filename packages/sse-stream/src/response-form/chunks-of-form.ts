import type { Batch } from '@sluice/core'
import type { ChatCompletionChunk, Completion } from '@sluice/core/wire'
import { ChunkBatch } from '../batch/event-batch.ts'
import { TypedEventBatch } from '../batch/typed-event-batch.ts'
import { formOfChunk } from './response-form.ts'
import { chunkAsCompletion, completionAsChunk } from './completion-form.ts'
import type { NamedEvent } from './text-event.ts'

/**
 * Chunks of one form: chat's own, those of a legacy completion in chat's words, or events that say
 * their own names.
 */
export type FormedChunks =
  | { readonly form: 'chat' | 'completion'; readonly chunks: readonly ChatCompletionChunk[] }
  | { readonly form: 'named'; readonly events: readonly NamedEvent[] }

/** The chunks of a batch; `undefined` where it has none, and for Gemini's, which have no pace. */
export function formedChunks(batch: Batch): FormedChunks | undefined {
  const chunks = batch.chunks()
  const [first] = chunks
  if (first === undefined) return undefined
  const form = formOfChunk(first)
  if (form === 'chat') return { form, chunks: chunks as readonly ChatCompletionChunk[] }
  if (form === 'completion')
    return { form, chunks: (chunks as readonly Completion[]).map(completionAsChunk) }
  if (form === 'content') return undefined
  return { form: 'named', events: chunks as readonly NamedEvent[] }
}

/** The way back. */
export function batchOfChunks(formed: FormedChunks, { gate }: Pick<Batch, 'gate'>): Batch {
  if (formed.form === 'named') return new TypedEventBatch({ events: formed.events }, gate)
  return new ChunkBatch<unknown>(
    formed.form === 'chat' ? formed.chunks : formed.chunks.map(chunkAsCompletion),
    gate,
  )
}
