import {
  ApiError,
  type ChatCompletionContentPart,
  type ChatCompletionMessageParam,
  type ChatCompletionMessageToolCall,
  type ResponseCreateParams,
  type ResponseItem,
} from '@sluice/core'

type Json = Readonly<Record<string, unknown>>

/** What OpenAI's own tools left behind in earlier output. A model that does not have them can do without. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_list_tools',
  'mcp_call',
])

/** The instructions and input of a Responses request as chat messages. Kinds of item that are passed over are added to `drops`. */
export function toChatMessages(params: ResponseCreateParams, drops: string[]): ChatCompletionMessageParam[] {
  const conversation = new Conversation()
  if (typeof params.instructions === 'string' && params.instructions !== '') {
    conversation.add({ role: 'system', content: params.instructions })
  }
  const input = typeof params.input === 'string' ? [userMessage(params.input)] : (params.input ?? [])
  for (const [index, item] of input.entries()) addItem(conversation, item, `input[${index}]`, drops)
  return conversation.messages()
}

function userMessage(text: string): ResponseItem {
  return { type: 'message', role: 'user', content: text }
}

function addItem(conversation: Conversation, item: ResponseItem, at: string, drops: string[]): void {
  switch (item.type ?? 'message') {
    case 'message':
      addMessage(conversation, item, at)
      return
    case 'function_call':
      conversation.addCall({
        id: String(item['call_id']),
        type: 'function',
        function: { name: String(item['name']), arguments: textOf(item['arguments']) },
      })
      return
    case 'function_call_output':
      conversation.add({
        role: 'tool',
        tool_call_id: String(item['call_id']),
        content: toContent(item['output'], `${at}.output`),
      })
      return
    case 'reasoning':
      conversation.addThoughts([...textsOf(item['summary']), ...textsOf(item['content'])].join('\n\n'))
      return
    default: {
      if (!PASSED_OVER.has(item.type)) throw unsupported(item.type, `${at}.type`)
      const name = `input.${item.type}`
      if (!drops.includes(name)) drops.push(name)
    }
  }
}

function addMessage(conversation: Conversation, item: ResponseItem, at: string): void {
  const role = item['role']
  const content = toContent(item['content'], `${at}.content`)
  if (role === 'assistant') conversation.addSaid(content)
  else if (role === 'user' || role === 'system' || role === 'developer') conversation.add({ role, content })
  else throw unsupported(role, `${at}.role`)
}

/** The texts of a reasoning item, whether it holds a summary or the thoughts themselves. */
function textsOf(parts: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(parts) ? parts : []
  return list.map((part) => (part as Json)['text']).filter((text) => typeof text === 'string')
}

function toContent(content: unknown, at: string): string | ChatCompletionContentPart[] {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : ''
  const parts = (content as readonly Json[]).map((part, index) => toPart(part, `${at}[${index}]`))
  // One text is the same as a list of one, and every upstream knows it.
  const [only] = parts
  return parts.length === 1 && only?.type === 'text' ? only.text : parts
}

function toPart(part: Json, at: string): ChatCompletionContentPart {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: textOf(part['text']) }
    case 'refusal':
      return { type: 'refusal', refusal: textOf(part['refusal']) }
    case 'input_image': {
      const url = part['image_url']
      if (typeof url !== 'string') throw unsupported('file_id', `${at}.file_id`)
      const detail = part['detail']
      return { type: 'image_url', image_url: { url, ...(typeof detail === 'string' ? { detail } : {}) } }
    }
    case 'input_audio':
      return { type: 'input_audio', input_audio: part['input_audio'] as { data: string; format: string } }
    case 'input_file': {
      const { type: _type, ...file } = part
      return { type: 'file', file }
    }
    default:
      throw unsupported(part['type'], `${at}.type`)
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function unsupported(value: unknown, param: string): ApiError {
  const message = `'${String(value).slice(0, 64)}' is not supported in the input for this model.`
  return new ApiError('unsupported_parameter', { message, param })
}

interface Turn {
  content?: string | ChatCompletionContentPart[]
  thoughts: string
  readonly calls: ChatCompletionMessageToolCall[]
}

/** Messages being gathered. Thoughts, words and calls of one turn are items of their own in Responses, and one message in chat. */
class Conversation {
  readonly #messages: ChatCompletionMessageParam[] = []
  #turn: Turn | undefined

  add(message: ChatCompletionMessageParam): void {
    this.#endTurn()
    this.#messages.push(message)
  }

  addSaid(content: string | ChatCompletionContentPart[]): void {
    // Words after words are a message of their own; so are words after calls, which must stand in front of their results.
    if (this.#turn !== undefined && (this.#turn.content !== undefined || this.#turn.calls.length > 0)) this.#endTurn()
    this.#open().content = content
  }

  addCall(call: ChatCompletionMessageToolCall): void {
    this.#open().calls.push(call)
  }

  addThoughts(thoughts: string): void {
    if (thoughts === '') return
    if (this.#turn?.content !== undefined && this.#turn.calls.length === 0) this.#endTurn()
    const turn = this.#open()
    turn.thoughts += turn.thoughts === '' ? thoughts : `\n\n${thoughts}`
  }

  messages(): ChatCompletionMessageParam[] {
    this.#endTurn()
    return this.#messages
  }

  #open(): Turn {
    return (this.#turn ??= { calls: [], thoughts: '' })
  }

  #endTurn(): void {
    const turn = this.#turn
    this.#turn = undefined
    // Thoughts that led to nothing are nothing to go on from.
    if (turn === undefined || (turn.content === undefined && turn.calls.length === 0)) return
    this.#messages.push({
      role: 'assistant',
      content: turn.content ?? null,
      ...(turn.thoughts === '' ? {} : { reasoning_content: turn.thoughts }),
      ...(turn.calls.length === 0 ? {} : { tool_calls: turn.calls }),
    })
  }
}
