import { ApiError } from '@sluice/core'
import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from '@sluice/core/wire'
import { isObject, type Json } from './json.ts'

type Content = string | ChatCompletionContentPart[]

/** The client makes the names of these; a header takes only so many. */
const MAX_KINDS = 32

/**
 * The input of a response as chat messages: calls that follow one another, and the words in front
 * of them, are one message of the assistant's, each output a message of its tool's. Kinds of item
 * that chat has nothing like are left out and said.
 *
 * @throws ApiError 400 that names a part which chat cannot carry
 */
export function chatMessages(
  input: unknown,
  instructions: unknown,
  drops: Set<string>,
): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = []
  if (typeof instructions === 'string' && instructions !== '')
    messages.push({ role: 'system', content: instructions })
  if (typeof input === 'string') messages.push({ role: 'user', content: input })
  let thoughts = ''
  for (const [index, item] of (Array.isArray(input) ? (input as Json[]) : []).entries()) {
    const { type } = item
    if (type === 'reasoning') {
      thoughts = textsOf(item['summary']).join('\n\n')
      continue
    }
    const call = callOf(item, index)
    if (call !== undefined) {
      addCall(messages, call, thoughts)
      thoughts = ''
      continue
    }
    const message = messageOf(item, `input[${index}]`)
    if (message === undefined) {
      if (drops.size < MAX_KINDS) drops.add(`input.${String(type)}`)
      continue
    }
    const isThought = message.role === 'assistant' && thoughts !== ''
    messages.push(isThought ? { ...message, reasoning_content: thoughts } : message)
    thoughts = ''
  }
  return messages
}

function callOf(item: Json, index: number): ChatCompletionMessageToolCall | undefined {
  const { type, call_id: callId, name, arguments: given, input } = item
  const id = typeof callId === 'string' ? callId : `call_${index}`
  if (type === 'function_call')
    return { id, type: 'function', function: { name: String(name), arguments: String(given) } }
  if (type === 'custom_tool_call')
    return { id, type: 'custom', custom: { name: String(name), input: String(input) } }
  return undefined
}

function addCall(
  messages: ChatCompletionMessageParam[],
  call: ChatCompletionMessageToolCall,
  thoughts: string,
): void {
  const last = messages.at(-1)
  // Only a turn that has had no results yet goes on.
  if (last?.role === 'assistant') {
    const calls = last.tool_calls ?? []
    messages[messages.length - 1] = { ...last, tool_calls: [...calls, call] }
    return
  }
  messages.push({
    role: 'assistant',
    content: null,
    ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
    tool_calls: [call],
  })
}

function messageOf(item: Json, at: string): ChatCompletionMessageParam | undefined {
  const { type, role, content, output, call_id: callId } = item
  if (type === 'function_call_output' || type === 'custom_tool_call_output')
    return {
      role: 'tool',
      tool_call_id: String(callId),
      content: contentOf(output, `${at}.output`),
    }
  if ((type !== undefined && type !== null && type !== 'message') || role === undefined)
    return undefined
  return {
    role: role as ChatCompletionMessageParam['role'],
    content: contentOf(content, `${at}.content`),
  }
}

function contentOf(content: unknown, at: string): Content {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : ''
  const parts = (content as Json[]).map((part, index) => partOf(part, `${at}[${index}]`))
  // One text is the same as a list of one, and every upstream knows it.
  const [only] = parts
  if (only === undefined) return ''
  return parts.length === 1 && only.type === 'text' ? only.text : parts
}

function partOf(part: Json, at: string): ChatCompletionContentPart {
  const { type, text, image_url: image, detail, input_audio: audio, refusal } = part
  if (typeof text === 'string') return { type: 'text', text }
  if (type === 'refusal' && typeof refusal === 'string') return { type: 'text', text: refusal }
  const url = isObject(image) ? image['url'] : image
  if (typeof url === 'string')
    return {
      type: 'image_url',
      image_url: { url, ...(typeof detail === 'string' ? { detail } : {}) },
    }
  if (type === 'input_audio' && isObject(audio))
    return { type, input_audio: audio as { data: string; format: string } }
  if (type === 'input_file') {
    const { type: _type, ...file } = part
    return { type: 'file', file }
  }
  throw new ApiError('unsupported_parameter', {
    message: `Parts of the type '${String(type).slice(0, 64)}' are not supported in chat.`,
    param: `${at}.type`,
  })
}

function textsOf(list: unknown): string[] {
  return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((part) =>
    isObject(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  )
}
