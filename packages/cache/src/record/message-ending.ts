import { createGate } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { Message, MessageStreamEvent } from '@sluice/core/wire'
import { MessageAccumulator, TypedEventBatch } from '@sluice/sse-stream/internal'
import type { CacheEntry } from '../store/cache-entry.ts'
import type { FinishKind } from './finish-kind.ts'

const ENDINGS = wordTable<FinishKind>({
  end_turn: 'complete',
  stop_sequence: 'complete',
  tool_use: 'tool_calls',
})
const decoder = new TextDecoder()

/**
 * Tells how a message ended. One that says nothing, or waits for something of its vendor's, counts
 * as cut, and so does a refusal, which another time may not come.
 *
 * @throws SyntaxError for what is none
 */
export function messageEnding({
  framing,
  bytes,
}: Pick<CacheEntry, 'framing' | 'bytes'>): FinishKind {
  const message = framing === 'events' ? streamed(bytes) : JSON.parse(decoder.decode(bytes))
  const { content, stop_reason: reason } = (message ?? {}) as Partial<Message>
  if (!Array.isArray(content) || content.length === 0) return 'truncated'
  return ENDINGS.get(reason ?? '') ?? 'truncated'
}

function streamed(bytes: Uint8Array): Message | undefined {
  const events = new TypedEventBatch<MessageStreamEvent>({ bytes }, createGate()).chunks()
  const message = new MessageAccumulator()
  for (const event of events) {
    if (event.type === 'error') return undefined
    message.add(event)
  }
  return message.isComplete ? message.result() : undefined
}
