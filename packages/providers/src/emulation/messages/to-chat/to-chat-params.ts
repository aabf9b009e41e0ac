import type {
  ChatCompletionCreateParams,
  MessageCreateParams,
  ResponseFormat,
} from '@sluice/core/wire'
import { isObject } from '../../../vendor-spec/json.ts'
import type { ChatAbilities } from '../../responses/to-chat-params.ts'
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
  const searches = abilities.webSearch === true
  const holdsMedia = abilities.toolMedia === true
  const tools = toChatTools(params, { searches, names, drops })
  const messages = toChatMessages(params, { holdsMedia, names, drops })
  const tier = params['service_tier']
  const stop = params.stop_sequences ?? []
  const fields: readonly (readonly [string, unknown])[] = [
    ...SAME.map((name) => [name, params[name]] as const),
    ['max_completion_tokens', params.max_tokens],
    ['stop', stop.length === 0 ? undefined : stop],
    ['user', params.metadata?.user_id],
    ['service_tier', tier === 'standard_only' ? 'default' : tier],
    ['reasoning_effort', effortOf(params)],
    ['response_format', responseFormat(params)],
  ]
  const given = fields.filter(([, value]) => value !== undefined && value !== null)
  for (const name in params)
    if (!TRANSLATED.has(name) && (params[name] ?? null) !== null) drops.add(name)
  const chat = { ...Object.fromEntries(given), messages, ...tools }
  return { params: chat as unknown as ChatCompletionCreateParams, names, drops: drops.names }
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
