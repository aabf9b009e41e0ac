import type { CompletionUsage } from '@sluice/core/wire'
import { TypedEventBatch } from '@sluice/sse-stream/internal'
import type { StreamRules } from '../event-stream-reader.ts'
import { isPlausibleUsage, tokenUsage } from './token-usage.ts'

/**
 * Whether an event is the one that an answer ends with: `image_generation.completed`,
 * `transcript.text.done`, `speech.audio.done`.
 */
const LAST_EVENT = /\.(?:completed|done)$/

/** What events bring, by the ends of their types: without it, as a text, they are none. */
const BROUGHT: readonly (readonly [type: RegExp, name: string])[] = [
  [/^image_\w+\.(?:partial_image|completed)$/, 'b64_json'],
  [/^speech\.audio\.delta$/, 'audio'],
  [/^transcript\.text\.delta$/, 'delta'],
  [/^transcript\.text\.done$/, 'text'],
]

/** A stream of named events: whole when the event has come that ends it. */
export function typedStream(): StreamRules {
  let isWhole = false
  let usage: CompletionUsage | undefined
  return {
    take(event) {
      const { type } = event
      if (typeof type !== 'string') return 'hide'
      const brought = BROUGHT.find(([kind]) => kind.test(type))
      if (brought !== undefined && typeof event[brought[1]] !== 'string') return 'hide'
      if (LAST_EVENT.test(type)) {
        isWhole = true
        usage = tokenUsage(event['usage']) ?? usage
      }
      return 'show'
    },
    complete(event) {
      const { usage: told, ...rest } = event
      return told === undefined || isPlausibleUsage(told) ? event : rest
    },
    isWhole: () => isWhole,
    endsByEvent: true,
    usage: () => usage,
    batch: (bytes, gate, cost) => new TypedEventBatch({ bytes }, gate, cost),
  }
}
