import { ApiError } from '@sluice/core'
import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
  MessageCreateParams,
  MessageParam,
} from '@sluice/core/wire'
import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { Conversation } from '../../responses/conversation.ts'
import type { DroppedParams } from './dropped-params.ts'
import { plainContent, toChatParts } from './to-chat-content.ts'
import type { ToolNames } from './tool-names.ts'

/** How the turns of a message are said in chat. */
export interface ToChatMessagesOptions {
  /** Whether the results of tools may hold pictures and files. */
  readonly holdsMedia: boolean
  readonly names: ToolNames
  readonly drops: DroppedParams
}

/** Blocks of the assistant's in which Anthropic's own tools speak; no other model reads them. */
const OF_SERVER_TOOLS =
  /^(?:server_tool_use|mcp_tool_|.*_tool_result$|container_upload$|compaction)/

/**
 * The system prompt and turns of a message as chat messages.
 *
 * @throws ApiError 400 for a block that nothing can be made of
 */
export function toChatMessages(
  params: MessageCreateParams,
  options: ToChatMessagesOptions,
): readonly ChatCompletionMessageParam[] {
  const conversation = new Conversation(options.holdsMedia)
  for (const [index, message] of params.messages.entries())
    addMessage(conversation, message, `messages[${index}]`, options)
  const system = textsOf(params.system, options.drops).join('\n\n')
  return [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...conversation.messages(),
  ]
}

function addMessage(
  conversation: Conversation,
  message: MessageParam,
  at: string,
  options: ToChatMessagesOptions,
): void {
  const { role, content } = message
  options.drops.seeCacheControl(message)
  if (role === 'system') {
    const text = textsOf(content, options.drops).join('\n\n')
    if (text !== '') conversation.add({ role, content: text })
  } else if (typeof content === 'string') {
    if (role === 'assistant') conversation.addSaid(content)
    else conversation.add({ role, content })
  } else if (role === 'assistant') addAssistant(conversation, content, at, options)
  else addUser(conversation, content, at, options)
}

function addAssistant(
  conversation: Conversation,
  content: readonly Json[],
  at: string,
  { names, drops }: ToChatMessagesOptions,
): void {
  let said = ''
  const speak = () => {
    conversation.addSaid(said)
    said = ''
  }
  for (const [index, block] of content.entries()) {
    drops.seeCacheControl(block)
    const { type } = block
    if (type === 'text') said += typeof block['text'] === 'string' ? block['text'] : ''
    else if (type === 'thinking') {
      speak()
      if (typeof block['thinking'] === 'string') conversation.addThoughts(block['thinking'])
    } else if (type === 'tool_use') {
      speak()
      conversation.addCall({
        id: String(block['id']),
        name: names.toChat(String(block['name'])),
        arguments: JSON.stringify(block['input'] ?? {}),
      })
    } else if (type === 'redacted_thinking' || OF_SERVER_TOOLS.test(String(type)))
      drops.add(`messages.${String(type)}`)
    else throw unsupported(type, `${at}.content[${index}].type`)
  }
  speak()
}

function addUser(
  conversation: Conversation,
  content: readonly Json[],
  at: string,
  options: ToChatMessagesOptions,
): void {
  const parts: ChatCompletionContentPart[] = []
  for (const [index, block] of content.entries()) {
    const place = `${at}.content[${index}]`
    options.drops.seeCacheControl(block)
    if (block['type'] === 'tool_result') {
      conversation.addResult(String(block['tool_use_id']), resultOf(block, place, options.drops))
      continue
    }
    const made = toChatParts(block, place)
    if (made !== undefined) parts.push(...made)
    else if (OF_SERVER_TOOLS.test(String(block['type'])))
      options.drops.add(`messages.${String(block['type'])}`)
    else throw unsupported(block['type'], `${place}.type`)
  }
  if (parts.length > 0) conversation.add({ role: 'user', content: plainContent(parts) })
}

/** Chat has no place for the word that a call failed, so that it is said in the result. */
function resultOf(
  { content, is_error: isError }: Json,
  at: string,
  drops: DroppedParams,
): string | ChatCompletionContentPart[] {
  const parts: ChatCompletionContentPart[] = []
  if (typeof content === 'string') parts.push({ type: 'text', text: content })
  for (const [index, block] of Array.isArray(content) ? (content as unknown[]).entries() : []) {
    if (!isObject(block)) continue
    drops.seeCacheControl(block)
    const made = toChatParts(block, `${at}.content[${index}]`)
    if (made === undefined) drops.add(`messages.tool_result.${String(block['type'])}`)
    else parts.push(...made)
  }
  if (isError === true) {
    const first = parts.find((part) => part.type === 'text')
    if (first === undefined) parts.unshift({ type: 'text', text: 'The call failed.' })
    else if (!/error/i.test(first.text.slice(0, 200))) first.text = `Error: ${first.text}`
  }
  return plainContent(parts)
}

function textsOf(content: MessageCreateParams['system'], drops: DroppedParams): string[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [content]
  return content.flatMap((block) => {
    drops.seeCacheControl(block)
    return typeof block['text'] === 'string' && block['text'] !== '' ? [block['text']] : []
  })
}

function unsupported(type: unknown, param: string): ApiError {
  const message = `'${String(type).slice(0, 64)}' is not supported in the messages for this model.`
  return new ApiError('unsupported_parameter', { message, param })
}
