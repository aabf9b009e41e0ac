import type {
  ChatCompletionCreateParams,
  MessageCreateParams,
  ResponseFormat,
} from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'
import type { ChatAbilities } from '../responses/to-chat-params.ts'
import { DroppedParams } from './dropped-params.ts'
import { toChatMessages } from './to-chat-messages.ts'
import { toChatTools } from './to-chat-tools.ts'
import { ToolNames } from './tool-names.ts'

/** A chat request that means what a message means, and what of that it cannot say. */
export interface ChatForMessage {
  readonly params: ChatCompletionCreateParams
  /** Gives tools their names back. */
  readonly names: ToolNames
  /** `cache_control`, `tools.web_search_20250305`: left out. */
  readonly drops: readonly string[]
}

/** Params that have a place of their own in a chat request. */
const TRANSLATED: ReadonlySet<string> = new Set([
  'max_tokens',
  'messages',
  'metadata',
  'model',
  'output_config',
  'output_format',
  'service_tier',
  'stop_sequences',
  'stream',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
])
/** Params that both know by the same name. */
const SAME = ['model', 'stream', 'temperature', 'top_k', 'top_p'] as const

/**
 * Says a message request in chat's terms. Params that only Anthropic has are left out.
 *
 * @throws ApiError 400, with `param`, for what has no place there and cannot be left out
 */
export function toChatParams(
  params: MessageCreateParams,
  abilities: ChatAbilities = {},
): ChatForMessage {
  const drops = new DroppedParams()
  const names = new ToolNames()
  const chat: Record<string, unknown> = {}
  for (const name of SAME) set(chat, name, params[name])
  const { searches, holdsMedia } = {
    searches: abilities.webSearch === true,
    holdsMedia: abilities.toolMedia === true,
  }
  Object.assign(chat, toChatTools(params, { searches, names, drops }))
  chat['messages'] = toChatMessages(params, { holdsMedia, names, drops })
  set(chat, 'max_completion_tokens', params.max_tokens)
  if ((params.stop_sequences ?? []).length > 0) chat['stop'] = params.stop_sequences
  set(chat, 'user', params.metadata?.user_id)
  const tier = params['service_tier']
  set(chat, 'service_tier', tier === 'standard_only' ? 'default' : tier)
  set(chat, 'reasoning_effort', effortOf(params))
  set(chat, 'response_format', responseFormat(params))
  for (const name in params)
    if (!TRANSLATED.has(name) && (params[name] ?? null) !== null) drops.add(name)
  return { params: chat as ChatCompletionCreateParams, names, drops: drops.names }
}

/**
 * An effort that is named says most; of a thinking budget the one that would be given such a
 * budget, as the other way round.
 */
function effortOf(params: MessageCreateParams): string | undefined {
  const { thinking } = params
  if (thinking?.type === 'disabled') return 'none'
  const config = params['output_config']
  const effort = isObject(config) ? config['effort'] : undefined
  if (typeof effort === 'string') return effort
  if (thinking?.type !== 'enabled') return undefined
  const budget = thinking.budget_tokens ?? 4096
  if (budget >= 16_384) return 'high'
  return budget >= 4096 ? 'medium' : 'low'
}

function responseFormat(params: MessageCreateParams): ResponseFormat | undefined {
  const config = params['output_config']
  const format = (isObject(config) ? config['format'] : undefined) ?? params['output_format']
  if (!isObject(format) || format['type'] !== 'json_schema' || !isObject(format['schema']))
    return undefined
  const { schema } = format
  return { type: 'json_schema', json_schema: { name: 'response', schema, strict: true } }
}

function set(chat: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== undefined && value !== null) chat[name] = value
}
