import { TypedEventBatch } from '@sluice/sse-stream/internal'
import type { StreamRules } from '../../response/event-stream-reader.ts'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import { fromMessageUsage, mergeMessageUsage } from './message-usage.ts'

/** The fields of deltas that grow from event to event. */
const GROWING: ReadonlyMap<unknown, string> = new Map([
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['input_json_delta', 'partial_json'],
])

/**
 * Reads the stream of an upstream that has the Messages API itself: its events go on as they are.
 * Until one says more than that a message has begun, a failure is an ordinary error, which a router
 * can answer with another provider.
 */
export function messageStream(): StreamRules {
  let isWhole = false
  let hasSpoken = false
  let usage: Json = {}
  return {
    namesEvents: true,
    take({ type, message, usage: more, delta }) {
      // Nothing belongs to a message behind its end.
      if (typeof type !== 'string' || isWhole) return 'hide'
      // Clients put it to what they have of the text.
      if (type === 'content_block_delta' && !isSoundDelta(delta)) return 'hide'
      if (type === 'message_start' && isObject(message))
        usage = mergeMessageUsage(usage, message['usage'])
      if (type === 'message_delta') usage = mergeMessageUsage(usage, more)
      if (type === 'message_start' || type === 'ping') return hasSpoken ? 'show' : 'wait'
      hasSpoken = true
      if (type !== 'message_stop') return 'show'
      isWhole = true
      return 'last'
    },
    running({ type, delta }) {
      return type === 'content_block_delta' && isObject(delta)
        ? GROWING.get(delta['type'])
        : undefined
    },
    isWhole: () => isWhole,
    endsByEvent: true,
    usage: () => fromMessageUsage(usage),
    batch: (bytes, gate, cost) => new TypedEventBatch({ bytes }, gate, cost),
  }
}

function isSoundDelta(delta: unknown): boolean {
  if (!isObject(delta)) return false
  const field = GROWING.get(delta['type'])
  return field === undefined || typeof delta[field] === 'string'
}
