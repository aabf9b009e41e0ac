import type { ChatCompletionCreateParams, ResponseFormat } from '@sluice/core/wire'
import { chatMessages } from './chat-messages.ts'
import { chatToolChoice, chatTools } from './chat-tools.ts'
import type { Json } from './json.ts'

/** A chat request, and what of the body that it was made of has no place in it. */
export interface ChatOfResponse {
  readonly params: ChatCompletionCreateParams & Record<string, unknown>
  /** `truncation`, `tools.web_search`: left out. */
  readonly drops: readonly string[]
}

/**
 * Params that have another place in a chat request, or none at all. Whatever is not listed goes on
 * as it is.
 */
const TRANSLATED: ReadonlySet<string> = new Set([
  '__proto__',
  'background',
  'client_metadata',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'messages',
  'previous_response_id',
  'prompt_cache_retention',
  'reasoning',
  'store',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'truncation',
])

/** Whether a body that came to chat is one of a response: some editors send those there. */
export function isResponseBody(params: Json): boolean {
  return params['input'] !== undefined && params['messages'] === undefined
}

/**
 * A chat request that says what the body of a response says, whose form has been checked. Nothing
 * is kept between chat requests, so that `store: false` is what they do, and an earlier response
 * means nothing.
 *
 * @throws ApiError 400, with `param`, for a part that chat has no place for
 */
export function chatOfResponse(body: Json): ChatOfResponse {
  const drops = new Set<string>()
  const chat = new Map<string, unknown>(
    Object.entries(body).filter(([name, value]) => !TRANSLATED.has(name) && value !== null),
  )
  const set = (name: string, value: unknown) => {
    if (value !== undefined && value !== null) chat.set(name, value)
  }
  const { reasoning, text } = body as { readonly reasoning?: Json; readonly text?: Json }
  set('messages', chatMessages(body['input'], body['instructions'], drops))
  const tools = chatTools(body['tools'], drops)
  if (tools.length > 0) {
    set('tools', tools)
    set('tool_choice', chatToolChoice(body['tool_choice']))
  } else chat.delete('parallel_tool_calls')
  set('max_completion_tokens', body['max_output_tokens'])
  set('reasoning_effort', reasoning?.['effort'])
  set('verbosity', text?.['verbosity'])
  set('response_format', responseFormat(text?.['format'] as Json | undefined))
  if (body['store'] === true) set('store', true)
  if (body['truncation'] === 'auto') drops.add('truncation')
  if ((body['previous_response_id'] ?? null) !== null) drops.add('previous_response_id')
  if (body['background'] === true) drops.add('background')
  return {
    params: Object.fromEntries(chat) as ChatOfResponse['params'],
    drops: [...drops],
  }
}

function responseFormat(format: Json | undefined): ResponseFormat | undefined {
  if (format?.['type'] === 'json_object') return { type: 'json_object' }
  if (format?.['type'] !== 'json_schema') return undefined
  const { type: _type, ...schema } = format
  return { type: 'json_schema', json_schema: schema as unknown as { name: string } }
}
