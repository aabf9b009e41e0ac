import type { CompletionCreateParams, CompletionUsage } from '@sluice/core'
import { EventBatch, normaliseUsage } from '@sluice/sse-stream'
import { choicesOf, completionFailure, isEnd, withPlainEnds } from './completion-ends.ts'
import type { StreamRules } from './event-stream.ts'

/** A streamed legacy completion: whole when every choice has its finish reason; what it cost is shown to who asked. */
export function completionStream(params: CompletionCreateParams): StreamRules {
  const open = new Set<unknown>()
  const showsUsage = params.stream_options?.include_usage === true
  let hasBegun = false
  let usage: CompletionUsage | undefined
  return {
    take(event) {
      if (event['usage'] !== undefined && event['usage'] !== null) usage = normaliseUsage(event['usage']) ?? usage
      const choices = choicesOf(event)
      for (const choice of choices) {
        hasBegun = true
        if (isEnd(choice)) open.delete(choice['index'])
        else open.add(choice['index'])
      }
      if (choices.length > 0) return 'show'
      return showsUsage && usage !== undefined ? 'last' : 'hide'
    },
    failure: completionFailure,
    complete: (event) => withPlainEnds(event, false),
    isWhole: () => hasBegun && open.size === 0,
    usage: () => usage,
    batch: (bytes, gate, cost) => new EventBatch(bytes, gate, [], cost),
  }
}
