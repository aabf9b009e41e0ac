import type { ChatCompletionContentPart, ChatCompletionMessageParam } from '@sluice/core/wire'
import type { OrderRules } from '../openai-compatible-spec.ts'

type Message = ChatCompletionMessageParam

/** Messages in an order that a vendor takes; the same list where it was one. */
export function orderMessages(messages: readonly Message[], rules: OrderRules): readonly Message[] {
  const sorted = rules.systemFirst === true ? withSystemFirst(messages) : messages
  const ordered: Message[] = []
  for (const message of sorted) {
    const last = ordered.at(-1)
    if (rules.answersTools === true && last?.role === 'tool' && message.role === 'user') {
      ordered.push({ role: 'assistant', content: 'I have read the result.' })
    }
    if (rules.alternates === true && last !== undefined && isOneTurn(last, message)) {
      ordered[ordered.length - 1] = { ...last, content: joined(last.content, message.content) }
    } else ordered.push(message)
  }
  const last = ordered.at(-1)
  const mark = rules.lastAssistant
  if (mark !== undefined && last?.role === 'assistant' && !hasCalls(last) && last[mark] !== true) {
    ordered[ordered.length - 1] = { ...last, [mark]: true }
  }
  return isSame(ordered, messages) ? messages : ordered
}

function withSystemFirst(messages: readonly Message[]): readonly Message[] {
  const isSystem = ({ role }: Message) => role === 'system' || role === 'developer'
  return [...messages.filter(isSystem), ...messages.filter((message) => !isSystem(message))]
}

function isOneTurn(last: Message, next: Message): boolean {
  if (last.role !== next.role || (next.role !== 'user' && next.role !== 'assistant')) return false
  return !hasCalls(last) && !hasCalls(next)
}

/**
 * Puts what system messages say in front of the user's first words, for models that know no such
 * messages.
 */
export function systemIntoUser(messages: readonly Message[]): readonly Message[] {
  const isSystem = ({ role }: Message) => role === 'system' || role === 'developer'
  const said = messages.filter(isSystem)
  if (said.length === 0) return messages
  const rest = messages.filter((message) => !isSystem(message))
  const content = said.reduce<Message['content']>(
    (all, message) => joined(all, message.content),
    '',
  )
  const at = rest.findIndex(({ role }) => role === 'user')
  if (at < 0) return [{ role: 'user', content: content ?? '' }, ...rest]
  return rest.with(at, { ...rest[at]!, content: joined(content, rest[at]!.content) })
}

function joined(
  first: Message['content'],
  second: Message['content'],
): NonNullable<Message['content']> {
  if (first === undefined || first === null || first.length === 0) return second ?? ''
  if (second === undefined || second === null || second.length === 0) return first
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`
  return [...partsOf(first), ...partsOf(second)]
}

function partsOf(content: NonNullable<Message['content']>): readonly ChatCompletionContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

function hasCalls({ tool_calls: calls }: Message): boolean {
  return Array.isArray(calls) && calls.length > 0
}

function isSame(one: readonly Message[], other: readonly Message[]): boolean {
  return one.length === other.length && one.every((message, at) => message === other[at])
}
