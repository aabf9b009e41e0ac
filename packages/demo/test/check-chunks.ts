import type { ChatCompletionChunk } from '@sluice/core/wire'

/**
 * What of a stream's chunks breaks OpenAI's rules: the envelope, roles, calls, ends and the usage
 * chunk. Empty where all hold.
 */
export function checkChunks(chunks: readonly ChatCompletionChunk[]): string[] {
  const faults: string[] = []
  const refuse = (is: boolean, what: string) => void (is && faults.push(what))
  for (const field of ['id', 'created', 'model', 'object'] as const) {
    refuse(new Set(chunks.map((chunk) => chunk[field])).size !== 1, `${field} changes`)
  }
  const finished = new Map<number, boolean>()
  const calls = new Map<number, number>()
  for (const [at, chunk] of chunks.entries()) {
    refuse(
      chunk.choices.length === 0 && at !== chunks.length - 1,
      'a chunk follows the usage chunk',
    )
    refuse(chunk.choices.length === 0 && !chunk.usage, 'a chunk says nothing')
    refuse(chunk.choices.length > 0 && Boolean(chunk.usage), 'usage stands beside choices')
    for (const { index, delta, finish_reason: finish, logprobs } of chunk.choices) {
      refuse(
        !finished.has(index) && delta.role !== 'assistant',
        `choice ${index} begins without a role`,
      )
      refuse(finished.has(index) && delta.role !== undefined, `choice ${index} repeats its role`)
      refuse(finished.get(index) === true, `choice ${index} goes on after its end`)
      refuse(logprobs === undefined, `choice ${index} leaves logprobs out`)
      finished.set(index, finish !== null)
      for (const call of delta.tool_calls ?? []) {
        const known = calls.get(index) ?? 0
        const isNew = call.index === known
        if (isNew) calls.set(index, known + 1)
        refuse(
          isNew !==
            (call.id !== undefined &&
              call.type === 'function' &&
              call.function?.name !== undefined),
          'a call is badly opened',
        )
        refuse(!isNew && call.index !== known - 1, 'calls are mixed up')
      }
    }
  }
  refuse(
    [...finished.values()].some((is) => !is),
    'a choice has no end',
  )
  return faults
}
