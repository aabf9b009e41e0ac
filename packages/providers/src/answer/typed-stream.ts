import type { CompletionUsage } from '@sluice/core'
import { TypedEventBatch } from '@sluice/sse-stream'
import type { StreamRules } from './event-stream.ts'
import { tokenUsage } from './token-usage.ts'

/** Whether an event is the one that an answer ends with: `image_generation.completed`, `transcript.text.done`, `speech.audio.done`. */
const LAST_EVENT = /\.(?:completed|done)$/

/** A stream of named events: whole when the event has come that ends it. */
export function typedStream(): StreamRules {
  let isWhole = false
  let usage: CompletionUsage | undefined
  return {
    take(event) {
      if (typeof event['type'] !== 'string') return 'hide'
      if (LAST_EVENT.test(event['type'])) {
        isWhole = true
        usage = tokenUsage(event['usage']) ?? usage
      }
      return 'show'
    },
    isWhole: () => isWhole,
    usage: () => usage,
    batch: (bytes, gate, cost) => new TypedEventBatch({ bytes }, gate, cost),
  }
}
