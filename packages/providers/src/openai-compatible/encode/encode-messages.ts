import type { ChatCompletionMessageParam } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'
import { CallIds } from '../decode/call-ids.ts'
import type { MessageRules } from '../openai-compatible-spec.ts'
import { orderMessages, systemIntoUser } from './order-messages.ts'

type Message = ChatCompletionMessageParam

/** Messages as a vendor takes them. */
export interface EncodedMessages {
  /** The same array where nothing had to change, so that the client's own bytes can go on. */
  readonly messages: readonly Message[]
  /** What the caller said and the vendor cannot carry, such as `messages.name`. */
  readonly drops: readonly string[]
}

/**
 * What only an answer has and clients echo: nothing is lost when the vendor does not get it back.
 */
const ECHOED: ReadonlySet<string> = new Set([
  'refusal',
  'annotations',
  'audio',
  'function_call',
  'reasoning_content',
])

/** Puts messages into the form that a vendor takes. */
export function encodeMessages(messages: readonly Message[], rules: MessageRules): EncodedMessages {
  const drops: string[] = []
  const changed: Message[] = []
  const { callIds } = rules
  let ids: CallIds | undefined
  let isSame = true
  for (const message of messages) {
    const tidied = encodeMessage(tidy(message), rules, drops)
    const hasIds =
      callIds !== undefined &&
      (tidied.tool_calls !== undefined || tidied.tool_call_id !== undefined)
    const own = hasIds ? (ids ??= new CallIds(callIds)).encode(tidied) : tidied
    const filled = rules.filled?.includes(own.role) === true ? fill(own) : own
    if (filled !== message) isSame = false
    if (filled !== undefined) changed.push(filled)
  }
  // A conversation of nothing but empty messages is the caller's to mend.
  let encoded = isSame || changed.length === 0 ? messages : changed
  if (rules.systemInUser === true) encoded = systemIntoUser(encoded)
  if (rules.order !== undefined) encoded = orderMessages(encoded, rules.order)
  return { messages: encoded, drops }
}

/**
 * Without what says nothing and is refused for it: an empty list of calls, members that are `null`,
 * an answer without content.
 */
function tidy(message: Message): Message {
  let own = message
  const calls = own.tool_calls as unknown
  if (calls === null || (Array.isArray(calls) && calls.length === 0))
    own = without(own, 'tool_calls')
  if (own['function_call'] === null) own = without(own, 'function_call')
  if ((own.name as unknown) === null) own = without(own, 'name')
  const isBare =
    (own.content === null || own.content === undefined) && !hasCalls(own) && !isObject(own['audio'])
  return isBare && typeof own.refusal !== 'string' ? { ...own, content: '' } : own
}

function without(message: Message, member: string): Message {
  const { [member]: _left, ...rest } = message
  return rest as unknown as Message
}

function encodeMessage(
  message: Message,
  { roles, members, thoughts, requiresReasoning, needsContent, notInNames }: MessageRules,
  drops: string[],
): Message {
  let own = message
  const role =
    roles !== undefined && Object.hasOwn(roles, message.role) ? roles[message.role] : undefined
  if (role !== undefined) own = { ...own, role: role as Message['role'] }
  if (
    requiresReasoning === true &&
    (message.tool_calls?.length ?? 0) > 0 &&
    !message.reasoning_content
  ) {
    // An empty string counts as missing.
    own = { ...own, reasoning_content: ' ' }
  }
  if (needsContent === true && own.content === undefined) own = { ...own, content: '' }
  if (thoughts !== undefined && typeof message.reasoning_content === 'string') {
    const { reasoning_content: said, ...rest } = own
    own = { ...rest, [thoughts]: said }
  }
  if (notInNames !== undefined && typeof own.name === 'string') {
    const name = own.name.slice(0, MAX_NAME).replace(notInNames, '_')
    if (name !== own.name) own = { ...own, name }
  }
  if (members === undefined) return own
  const foreign = Object.keys(own).filter((member) => !members.includes(member))
  if (foreign.length === 0) return own
  for (const member of foreign) {
    const lost = `messages.${member}`
    if (
      !ECHOED.has(member) &&
      own[member] !== null &&
      own[member] !== undefined &&
      !drops.includes(lost)
    )
      drops.push(lost)
  }
  const kept = Object.fromEntries(
    Object.entries(own).filter(([member]) => !foreign.includes(member)),
  )
  // A refusal is what the assistant said.
  if (typeof own.refusal === 'string' && isEmpty(own)) kept['content'] = own.refusal
  return kept as unknown as Message
}

/** Of a sender's name more is refused. */
const MAX_NAME = 64

/** A message that says something, `undefined` where it can go. */
function fill(message: Message): Message | undefined {
  const own = withoutBlankParts(message)
  if (!isEmpty(own) || hasCalls(own) || isObject(own['audio'])) return own
  if (typeof own.refusal === 'string' && own.refusal !== '') return { ...own, content: own.refusal }
  return own.role === 'user' || own.role === 'tool' ? { ...own, content: '(empty)' } : undefined
}

function withoutBlankParts(message: Message): Message {
  const { content } = message
  if (!Array.isArray(content)) return message
  const said = content.filter((part) => part.type !== 'text' || part.text !== '')
  return said.length === content.length ? message : { ...message, content: said }
}

function isEmpty({ content }: Message): boolean {
  return content === undefined || content === null || content.length === 0
}

function hasCalls(message: Message): boolean {
  const { tool_calls: calls } = message
  return (Array.isArray(calls) && calls.length > 0) || isObject(message['function_call'])
}
