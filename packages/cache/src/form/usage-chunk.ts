import type { ChatCompletionChunk, CompletionUsage } from '@sluice/core/wire'

/** The event that says what an answer cost, with the envelope of the answer's first event. */
export function usageChunk(
  first: ChatCompletionChunk,
  usage: CompletionUsage,
): ChatCompletionChunk {
  const { id, object, created, model } = first
  return { id, object, created, model, choices: [], usage }
}
