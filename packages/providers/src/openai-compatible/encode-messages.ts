import type { ChatCompletionMessageParam } from '@sluice/core'
import type { MessageRules } from './openai-compatible-spec.ts'

/** Messages as a vendor takes them. */
export interface EncodedMessages {
  /** The same array where nothing had to change, so that the client's own bytes can go on. */
  readonly messages: readonly ChatCompletionMessageParam[]
  /** What the caller said and the vendor cannot carry, such as `messages.name`. */
  readonly drops: readonly string[]
}

/** What only an answer has and clients echo: nothing is lost when the vendor does not get it back. */
const ECHOED: ReadonlySet<string> = new Set(['refusal', 'annotations', 'audio', 'function_call', 'reasoning_content'])

/** Puts messages into the form that a vendor takes. */
export function encodeMessages(messages: readonly ChatCompletionMessageParam[], rules: MessageRules): EncodedMessages {
  const drops = new Set<string>()
  let changed = false
  const encoded = messages.map((message) => {
    const own = encodeMessage(message, rules, drops)
    changed ||= own !== message
    return own
  })
  return { messages: changed ? encoded : messages, drops: [...drops] }
}

function encodeMessage(
  message: ChatCompletionMessageParam,
  { roles, members, thoughts, needsThoughts }: MessageRules,
  drops: Set<string>,
): ChatCompletionMessageParam {
  let own = message
  const role = roles !== undefined && Object.hasOwn(roles, message.role) ? roles[message.role] : undefined
  if (role !== undefined) own = { ...own, role: role as ChatCompletionMessageParam['role'] }
  if (needsThoughts === true && (message.tool_calls?.length ?? 0) > 0 && !message.reasoning_content) {
    // An empty string counts as missing.
    own = { ...own, reasoning_content: ' ' }
  }
  if (thoughts !== undefined && typeof message.reasoning_content === 'string') {
    const { reasoning_content: said, ...rest } = own
    own = { ...rest, [thoughts]: said }
  }
  const foreign = members === undefined ? [] : Object.keys(own).filter((member) => !members.includes(member))
  if (foreign.length === 0) return own
  for (const member of foreign) {
    if (!ECHOED.has(member) && own[member] !== null && own[member] !== undefined) drops.add(`messages.${member}`)
  }
  return Object.fromEntries(
    Object.entries(own).filter(([member]) => !foreign.includes(member)),
  ) as unknown as ChatCompletionMessageParam
}
