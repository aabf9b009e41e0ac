import type { ChatCompletionChunk, ChatCompletionDelta } from '@sluice/core/wire'

/** All the texts that a delta adds, whatever their channel: what a model generated for it. */
export function textsOfDelta(delta: ChatCompletionDelta): string[] {
  const texts: string[] = []
  for (const [field, value] of Object.entries(delta))
    if (field !== 'role' && typeof value === 'string') texts.push(value)
  for (const { function: fn, custom } of delta.tool_calls ?? []) {
    texts.push(fn?.name ?? '', fn?.arguments ?? '')
    const input = (custom as { readonly input?: unknown } | null | undefined)?.input
    if (typeof input === 'string') texts.push(input)
  }
  return texts
}

/** The same for all choices of some chunks. */
export function textsOfChunks(chunks: readonly ChatCompletionChunk[]): string[] {
  return chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => textsOfDelta(delta)))
}
