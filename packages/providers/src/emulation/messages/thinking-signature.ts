import type { MessageParam } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'

/**
 * Signs what a vendor without signatures thought. Anthropic refuses signatures that are not its
 * own, so a conversation that goes on there has to be without these blocks.
 */
export const EMULATED_SIGNATURE = 'c2x1aWNlLXRoaW5raW5n'

/** Returns the messages without the thinking that no vendor signed; the same where there is none. */
export function withoutEmulatedThinking(
  messages: readonly MessageParam[],
): readonly MessageParam[] {
  if (!messages.some(hasEmulated)) return messages
  return messages.flatMap((message) => {
    if (!hasEmulated(message)) return [message]
    const { content } = message
    const kept = typeof content === 'string' ? content : content.filter((one) => !isEmulated(one))
    // Anthropic refuses a turn that says nothing.
    return kept.length === 0 ? [] : [{ ...message, content: kept }]
  })
}

function hasEmulated({ role, content }: MessageParam): boolean {
  return role === 'assistant' && typeof content !== 'string' && content.some(isEmulated)
}

function isEmulated(block: unknown): boolean {
  return (
    isObject(block) && block['type'] === 'thinking' && block['signature'] === EMULATED_SIGNATURE
  )
}
