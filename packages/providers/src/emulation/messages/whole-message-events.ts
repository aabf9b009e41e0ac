import type { Batch, Gate } from '@sluice/core'
import type { ContentBlock, Message, MessageStreamEvent } from '@sluice/core/wire'
import { TypedEventBatch } from '@sluice/sse-stream/internal'
import { fromMessageUsage } from './message-usage.ts'

type Delta = Readonly<Record<string, unknown>>

/** Returns a whole message as the stream that would have said it. */
export function wholeMessageEvents(message: Message, gate: Gate): readonly Batch[] {
  const { content, stop_reason, stop_sequence, usage, ...rest } = message
  const events: MessageStreamEvent[] = [
    {
      type: 'message_start',
      message: { ...rest, content: [], stop_reason: null, stop_sequence: null, usage },
    },
  ]
  for (const [index, block] of content.entries()) {
    const { begun, deltas } = blockDeltas(block)
    events.push({ type: 'content_block_start', index, content_block: begun })
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta })
    events.push({ type: 'content_block_stop', index })
  }
  events.push(
    { type: 'message_delta', delta: { stop_reason, stop_sequence }, usage },
    { type: 'message_stop' },
  )
  return [new TypedEventBatch({ events }, gate, fromMessageUsage(usage ?? {}))]
}

function blockDeltas(block: ContentBlock): { begun: unknown; deltas: readonly Delta[] } {
  switch (block.type) {
    case 'text': {
      const { text } = block
      return { begun: { ...block, text: '' }, deltas: [{ type: 'text_delta', text }] }
    }
    case 'thinking': {
      const { thinking, signature } = block
      return {
        begun: { ...block, thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking },
          { type: 'signature_delta', signature },
        ],
      }
    }
    case 'tool_use':
    case 'server_tool_use': {
      const json = JSON.stringify(block['input'] ?? {})
      return {
        begun: { ...block, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: json }],
      }
    }
    default:
      return { begun: block, deltas: [] }
  }
}
