import type {
  ChatCompletionMessageParam,
  ResponseCreateParams,
  ResponseItem,
} from '@sluice/core/wire'
import type { ChatTools } from './chat-tools.ts'
import { readCompaction } from './compaction-item.ts'
import { asksToCompact, COMPACT, COMPACTED } from './compaction-request.ts'
import { Conversation, type Content } from './conversation.ts'
import { callOf, resultOf } from './history-calls.ts'
import { textsOf, toChatContent, toResultContent, unsupportedInput } from './to-chat-content.ts'

/** How a Responses request is said in chat. */
export interface ToChatMessagesOptions {
  /** Whether the results of tools may hold pictures and files. */
  readonly holdsMedia: boolean
  /** The tools of the request, by whose names calls stand in the history. */
  readonly tools: ChatTools
  /** Gets the kinds of item that are left out. */
  readonly drops: Set<string>
}

/** The client makes the names of these; a header takes only so many. */
const MAX_KINDS = 32

/**
 * The instructions and input of a Responses request as chat messages. Calls of tools of any kind
 * stay calls; an item of a kind that chat has nothing like is
 * carried by its text, or left out and said.
 *
 * @throws ApiError 400 for a role, a part or a reference that nothing can be made of, and for the
 *   output of a call that is not there
 */
export function toChatMessages(
  params: ResponseCreateParams,
  { holdsMedia, tools, drops }: ToChatMessagesOptions,
): readonly ChatCompletionMessageParam[] {
  const conversation = new Conversation(holdsMedia)
  const input =
    typeof params.input === 'string' ? [userMessage(params.input)] : (params.input ?? [])
  const said = asksToCompact(params) ? input.slice(0, -1) : input
  for (const [index, item] of said.entries()) addItem(conversation, item, index, tools, drops)
  if (said !== input) conversation.add({ role: 'user', content: COMPACT })
  const instructions = params.instructions ?? ''
  const system: ChatCompletionMessageParam[] =
    instructions === '' ? [] : [{ role: 'system', content: instructions }]
  return joinedSystem([...system, ...conversation.messages()])
}

function userMessage(text: string): ResponseItem {
  return { type: 'message', role: 'user', content: text }
}

function addItem(
  conversation: Conversation,
  item: ResponseItem,
  index: number,
  tools: ChatTools,
  drops: Set<string>,
): void {
  const at = `input[${index}]`
  const drop = (kind: string) => {
    if (drops.size < MAX_KINDS) drops.add(`input.${kind}`)
  }
  if (item.type === 'item_reference') throw unsupportedInput(item.type, `${at}.type`)
  if (item.type === undefined || item.type === null || item.type === 'message') {
    return addMessage(conversation, item, at)
  }
  if (item.type === 'reasoning') return addThoughts(conversation, item, drop)
  // Its tools stand among those of the request.
  if (item.type === 'additional_tools') return
  if (item.type === 'compaction') return addCompaction(conversation, item, drop)
  const call = callOf(item, tools, `call_${index}`)
  if (call !== undefined) {
    conversation.addCall(call)
    // Who runs such a call writes what it gave into the call itself.
    if (item.type === 'mcp_call') {
      conversation.addResult(call.id, toResultContent(item['output'] ?? item['error'], drop))
    }
    return
  }
  const result = resultOf(item)
  if (result !== undefined) {
    return conversation.addResult(
      result.id,
      toResultContent(result.given, (kind) => drop(`${item.type}.${kind}`)),
      result.isBound ? at : undefined,
    )
  }
  const texts = textsOf(item['content'])
  if (texts.length === 0) return drop(item.type)
  const content = texts.join('\n')
  if (item['role'] === 'assistant') conversation.addSaid(content)
  else conversation.add({ role: roleOf(item['role']) ?? 'user', content })
}

function addMessage(conversation: Conversation, item: ResponseItem, at: string): void {
  const content = toChatContent(item['content'], `${at}.content`)
  if (item['role'] === 'assistant')
    return conversation.addSaid(textIn(content)?.join('') ?? content)
  const role = roleOf(item['role'])
  if (role === undefined) throw unsupportedInput(item['role'], `${at}.role`)
  conversation.add({ role, content })
}

/** Most chat vendors know no `developer`; those that do take `system` for the same. */
function roleOf(role: unknown): 'system' | 'user' | undefined {
  if (role === 'developer' || role === 'system') return 'system'
  return role === 'user' ? 'user' : undefined
}

/** What stands for the history before it is told by the user: a system message may come but first. */
function addCompaction(
  conversation: Conversation,
  item: ResponseItem,
  drop: (kind: string) => void,
): void {
  const summary = readCompaction(item)
  if (summary === undefined) return drop(item.type)
  conversation.add({ role: 'user', content: `${COMPACTED}\n\n${summary}` })
}

/**
 * A reasoning item holds a summary, the thoughts themselves, or what only their vendor can read.
 */
function addThoughts(
  conversation: Conversation,
  item: ResponseItem,
  drop: (kind: string) => void,
): void {
  const texts = [...textsOf(item['summary']), ...textsOf(item['content'])]
  if (texts.length === 0 && typeof item['encrypted_content'] === 'string')
    drop('reasoning.encrypted_content')
  conversation.addThoughts(texts.join('\n\n'))
}

/**
 * Agents begin with several instructions one after another; the templates of many models take a
 * single one, at the very beginning.
 */
function joinedSystem(
  messages: readonly ChatCompletionMessageParam[],
): readonly ChatCompletionMessageParam[] {
  const texts: string[] = []
  let count = 0
  for (const { role, content } of messages) {
    const said = role === 'system' ? textIn(content as Content) : undefined
    if (said === undefined) break
    texts.push(...said)
    count++
  }
  if (texts.length < 2) return messages
  return [{ role: 'system', content: texts.join('\n\n') }, ...messages.slice(count)]
}

/** The texts that a content consists of; `undefined` where there is something else in it. */
function textIn(content: Content): string[] | undefined {
  if (typeof content === 'string') return [content]
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  return texts.length === content.length ? texts : undefined
}
