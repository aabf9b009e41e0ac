import type { Batch, Gate } from '@sluice/core'
import type { Completion, CompletionCreateParams } from '@sluice/core/wire'
import { ChunkBatch, normalizeUsage } from '@sluice/sse-stream/internal'

/**
 * The stream that a whole legacy completion would have been; its usage apart, and shown to who
 * asked.
 */
export function completionEvents(
  completion: Completion,
  params: CompletionCreateParams,
  gate: Gate,
): Batch<Completion, Completion>[] {
  const { usage, choices, ...head } = completion
  const batches = [new ChunkBatch<Completion, Completion>([{ ...head, choices }], gate)]
  const cost = normalizeUsage(usage)
  if (cost === undefined) return batches
  const shown =
    params.stream_options?.include_usage === true ? [{ ...head, choices: [], usage: cost }] : []
  return [...batches, new ChunkBatch<Completion, Completion>(shown, gate, cost)]
}
