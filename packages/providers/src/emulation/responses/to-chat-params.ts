import { ApiError } from '@sluice/core'
import type {
  ChatCompletionCreateParams,
  ResponseCreateParams,
  ResponseFormat,
} from '@sluice/core/wire'
import { ChatTools } from './chat-tools.ts'
import { asksToCompact } from './compaction-request.ts'
import { toChatMessages } from './to-chat-messages.ts'
import { toChatTools } from './to-chat-tools.ts'

/** A chat request that means what a Responses request means, and what of that it cannot say. */
export interface ChatRequest {
  readonly params: ChatCompletionCreateParams
  /** `truncation`, `include`, `input.web_search_call`: left out. */
  readonly drops: readonly string[]
  /** The tools that its functions stand for. */
  readonly tools: ChatTools
  /** Whether the response is to hold a summary of the input alone. */
  readonly compacts: boolean
}

/** Of what a vendor's chat is capable. */
export interface ChatAbilities {
  /** Whether the results of tools may hold pictures and files. */
  readonly toolMedia?: boolean | undefined
  /** Whether `web_search_options` makes the model search. */
  readonly webSearch?: boolean | undefined
  /**
   * Whether tools that the vendor would run are left out, or the request is refused for them.
   * @defaultValue drop
   */
  readonly unknownTools?: 'drop' | 'refuse' | undefined
}

/**
 * Params that have a place of their own in a chat request, or none at all. Whatever is not listed
 * goes on as it is.
 */
const TRANSLATED: ReadonlySet<string> = new Set([
  '__proto__',
  'client_metadata',
  'context_management',
  'generate',
  'input',
  'instructions',
  'include',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'prompt_cache_options',
  'reasoning',
  'store',
  'stream_options',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'truncation',
])

/** Params that only somebody who keeps things between requests can serve. */
const REFUSED = ['previous_response_id', 'conversation', 'prompt', 'background'] as const

/**
 * Says a Responses request in chat's terms.
 * @throws ApiError 400, with `param`, for what has no place there and cannot be left out.
 */
export function toChatParams(
  params: ResponseCreateParams,
  abilities: ChatAbilities = {},
): ChatRequest {
  for (const name of REFUSED) {
    const value = params[name]
    if (value !== undefined && value !== null && value !== false) {
      throw new ApiError('unsupported_parameter', {
        message: `'${name}' is not supported for this model.`,
        param: name,
      })
    }
  }
  const drops = new Set<string>()
  const chat: Record<string, unknown> = Object.fromEntries(
    Object.entries(params).filter(([name, value]) => !TRANSLATED.has(name) && value !== null),
  )
  const compacts = asksToCompact(params)
  const tools = new ChatTools(params, {
    searches: abilities.webSearch === true,
    unknownTools: abilities.unknownTools ?? 'drop',
    drops,
  })
  const holdsMedia = abilities.toolMedia === true
  chat['messages'] = toChatMessages(params, { holdsMedia, tools, drops })
  // A summary is words alone.
  if (!compacts) Object.assign(chat, toChatTools(params, tools, drops))
  // OpenAI refuses it where there are no tools.
  if (chat['tools'] === undefined) delete chat['parallel_tool_calls']
  set(chat, 'max_completion_tokens', params.max_output_tokens)
  set(chat, 'reasoning_effort', params.reasoning?.effort)
  set(chat, 'verbosity', params.text?.['verbosity'])
  if (!compacts) set(chat, 'response_format', responseFormat(params.text?.format))
  if (wantsLogprobs(params)) {
    chat['logprobs'] = true
    set(chat, 'top_logprobs', params['top_logprobs'])
  }
  if (params.truncation === 'auto') drops.add('truncation')
  for (const name of ['max_tool_calls', 'context_management'])
    if ((params[name] ?? null) !== null) drops.add(name)
  // What else can be included belongs to tools that are left out, save for this.
  if (params.include?.includes('reasoning.encrypted_content') === true) drops.add('include')
  return { params: chat as ChatCompletionCreateParams, drops: [...drops], tools, compacts }
}

/** Whether the log probabilities of the text are to be in the answer. */
export function wantsLogprobs(params: ResponseCreateParams): boolean {
  return params.include?.includes('message.output_text.logprobs') === true
}

function set(chat: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== undefined && value !== null) chat[name] = value
}

function responseFormat(
  format: NonNullable<ResponseCreateParams['text']>['format'],
): ResponseFormat | undefined {
  if (format === undefined || format.type === 'text') return undefined
  if (format.type === 'json_object') return { type: 'json_object' }
  if (format.type === 'json_schema') {
    const { type: _type, ...schema } = format
    return { type: 'json_schema', json_schema: schema as unknown as { name: string } }
  }
  throw new ApiError('unsupported_parameter', {
    message: `The text format '${format.type}' is not supported for this model.`,
    param: 'text.format.type',
  })
}
