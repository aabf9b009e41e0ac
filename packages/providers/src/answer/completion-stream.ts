import type { CompletionCreateParams, CompletionUsage } from '@sluice/core'
import { EventBatch, normaliseUsage } from '@sluice/sse-stream'
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
      const choices = Array.isArray(event['choices']) ? (event['choices'] as Readonly<Record<string, unknown>>[]) : []
      for (const { index, finish_reason: reason } of choices) {
        hasBegun = true
        if (typeof reason === 'string') open.delete(index)
        else open.add(index)
      }
      if (choices.length > 0) return 'show'
      return showsUsage && usage !== undefined ? 'last' : 'hide'
    },
    isWhole: () => hasBegun && open.size === 0,
    usage: () => usage,
    batch: (bytes, gate, cost) => new EventBatch(bytes, gate, [], cost),
  }
}
