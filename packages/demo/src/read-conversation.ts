import type { ChatCompletionMessageParam } from '@sluice/core/wire'

/** What the demo takes from the messages. */
export interface Conversation {
  /** What the user said last; of a very long text its two ends. Empty where there is nothing. */
  readonly question: string
  /** What the user said before that. */
  readonly earlier: string | undefined
  /** Images, sounds and files that came with the question. */
  readonly attachments: number
  /** What tools have answered since the question. */
  readonly results: readonly { readonly name: string; readonly content: string }[]
  /** The tools that have been called since the question. */
  readonly called: ReadonlySet<string>
}

/**
 * As much of a text as is looked at, because tools and words are searched for in it again and
 * again.
 */
const MAX_CHARS = 16_000

/** Reads the end of a conversation. */
export function readConversation(messages: readonly ChatCompletionMessageParam[]): Conversation {
  const last = messages.findLastIndex((message) => message.role === 'user')
  const before =
    last < 0 ? -1 : messages.findLastIndex((message, at) => at < last && message.role === 'user')
  const names = new Map<string, string>()
  const called = new Set<string>()
  const results: { name: string; content: string }[] = []
  for (const message of messages.slice(last + 1)) {
    for (const { id, function: tool } of message.tool_calls ?? []) {
      // Calls of other kinds than functions have none.
      if (tool === undefined) continue
      names.set(id, tool.name)
      called.add(tool.name)
    }
    if (message.role === 'tool' || message.role === 'function') {
      const name = names.get(message.tool_call_id ?? '') ?? message.name ?? 'tool'
      results.push({ name, content: textOf(message) })
    }
  }
  const asked = messages[last]
  return {
    question: asked === undefined ? '' : textOf(asked),
    earlier: before < 0 ? undefined : textOf(messages[before]!),
    attachments:
      typeof asked?.content === 'string'
        ? 0
        : (asked?.content ?? []).filter((part) => part.type !== 'text').length,
    results,
    called,
  }
}

function textOf({ content }: ChatCompletionMessageParam): string {
  if (content === undefined || content === null) return ''
  const text =
    typeof content === 'string'
      ? content
      : content.map((part) => (part.type === 'text' ? part.text : '')).join(' ')
  const trimmed = text.trim()
  if (trimmed.length <= MAX_CHARS) return trimmed
  return `${trimmed.slice(0, MAX_CHARS / 2)}\n…\n${trimmed.slice(-MAX_CHARS / 2)}`
}
