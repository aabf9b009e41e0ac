import type { Completion, CompletionCreateParams, CompletionUsage } from '@sluice/core/wire'
import { EventBatch, normalizeUsage } from '@sluice/sse-stream/internal'
import type { StreamRules } from '../event-stream-reader.ts'
import { soundCompletion, type CompletionHead } from './sound-completion.ts'

/**
 * A streamed legacy completion: whole when every choice has its finish reason; what it cost is
 * shown to who asked. Nothing of a choice is shown behind its end.
 */
export function completionStream(params: CompletionCreateParams, nowSeconds: number): StreamRules {
  const open = new Set<number>()
  const ended = new Set<number>()
  const showsUsage = params.stream_options?.include_usage === true
  let head: CompletionHead = { id: `cmpl-${nowSeconds}`, created: nowSeconds, model: params.model }
  let shown: Completion | undefined
  let usage: CompletionUsage | undefined
  return {
    take(event) {
      const sound = soundCompletion(event, head, true)
      head = sound
      usage = normalizeUsage(sound.usage) ?? usage
      const choices = sound.choices.filter(({ index }) => !ended.has(index))
      shown = choices.length === sound.choices.length ? sound : { ...sound, choices }
      for (const { index, finish_reason: reason } of choices) {
        if (typeof reason !== 'string') open.add(index)
        else {
          open.delete(index)
          ended.add(index)
        }
      }
      if (choices.length > 0) return 'show'
      return showsUsage && usage !== undefined ? 'last' : 'hide'
    },
    complete: (event) => shown ?? event,
    isWhole: () => ended.size > 0 && open.size === 0,
    usage: () => usage,
    batch: (bytes, gate, cost) => new EventBatch(bytes, gate, [], cost),
  }
}
