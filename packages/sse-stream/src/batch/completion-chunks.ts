import type { ChatCompletion, ChatCompletionChunk, ChatCompletionDelta } from '@sluice/core/wire'

/**
 * The chunks that a stream would have had for a whole answer: one with all that a choice said, one
 * with why it ended, and the usage chunk where the answer has usage. Accumulating them gives the
 * answer back.
 */
export function completionChunks(completion: ChatCompletion): ChatCompletionChunk[] {
  const { choices, usage, object: _object, ...rest } = completion
  const head = { ...rest, object: 'chat.completion.chunk' } as const
  const chunks: ChatCompletionChunk[] = []
  for (const { index, message, finish_reason: finishReason, logprobs, ...extra } of choices) {
    const { tool_calls: calls, ...said } = message
    const isSilent = calls === undefined && typeof said.refusal !== 'string'
    const delta: ChatCompletionDelta = { ...said, content: said.content ?? (isSilent ? '' : null) }
    if (calls !== undefined) delta.tool_calls = calls.map((call, at) => ({ ...call, index: at }))
    chunks.push({ ...head, choices: [{ index, delta, logprobs, finish_reason: null }] })
    chunks.push({
      ...head,
      choices: [{ index, delta: {}, logprobs: null, finish_reason: finishReason, ...extra }],
    })
  }
  if (usage !== undefined) chunks.push({ ...head, choices: [], usage })
  return chunks
}
