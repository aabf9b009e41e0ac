import type {
  ChatCompletionCreateParams,
  ChatCompletionTool,
  MessageCreateParams,
} from '@sluice/core/wire'
import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { clientToolSchema } from './client-tool-schema.ts'
import type { DroppedParams } from './dropped-params.ts'
import type { ToolNames } from './tool-names.ts'

type ToolParams = Partial<
  Pick<ChatCompletionCreateParams, 'tools' | 'tool_choice' | 'parallel_tool_calls'>
> & { readonly web_search_options?: Json }

/** How the tools of a message are said in chat. */
export interface ToChatToolsOptions {
  /** Whether chat's `web_search_options` makes the model search. */
  readonly searches: boolean
  readonly names: ToolNames
  readonly drops: DroppedParams
}

const WEB_SEARCH = /^web_search_\d{8}$/

/**
 * Says the client's tools as chat's functions, those among them that Anthropic has schemas for, and
 * its web search as chat's where the vendor has one. Tools that Anthropic itself runs are left out.
 */
export function toChatTools(
  params: MessageCreateParams,
  { searches, names, drops }: ToChatToolsOptions,
): ToolParams {
  const tools: ChatCompletionTool[] = []
  let search: Json | undefined
  let hasOthers = false
  for (const tool of params.tools ?? []) {
    drops.seeCacheControl(tool)
    if (tool['defer_loading'] === true) drops.add('tools.defer_loading')
    const one = toChatTool(tool, names)
    if (one !== undefined) tools.push(one)
    else if (searches && WEB_SEARCH.test(String(tool['type']))) search = tool
    else {
      hasOthers = true
      drops.add(`tools.${String(tool['type'])}`)
    }
  }
  const asked: Json = params.tool_choice ?? {}
  const { type, name, disable_parallel_tool_use: isSingle } = asked
  let choice: ChatCompletionCreateParams['tool_choice']
  if (type === 'any') choice = 'required'
  else if (type === 'auto' || type === 'none') choice = type
  else if (type === 'tool') {
    const own = names.toChat(String(name))
    const isThere = !hasOthers || tools.some((tool) => tool.function?.name === own)
    choice = isThere ? { type: 'function', function: { name: own } } : 'auto'
    if (!isThere) drops.add('tool_choice')
  } else if (type !== undefined) drops.add('tool_choice')
  return {
    // Chat refuses an empty list of tools, and a choice among none.
    ...(tools.length === 0
      ? {}
      : { tools, ...(choice === undefined ? {} : { tool_choice: choice }) }),
    ...(tools.length > 0 && isSingle === true ? { parallel_tool_calls: false } : {}),
    ...(search === undefined || type === 'none'
      ? {}
      : { web_search_options: searchOptions(search) }),
  }
}

/** Returns a function; `undefined` for a tool that the client does not run. */
function toChatTool(tool: Json, names: ToolNames): ChatCompletionTool | undefined {
  const { type, name, description, input_schema: schema, strict } = tool
  const isOwn = type === undefined || type === null || type === 'custom'
  const known = isOwn ? undefined : clientToolSchema(type)
  if ((!isOwn && known === undefined) || typeof name !== 'string') return undefined
  const parameters = known?.parameters ?? (isObject(schema) ? schema : undefined)
  const said = known?.description ?? description
  return {
    type: 'function',
    function: {
      name: names.toChat(name),
      ...(typeof said === 'string' ? { description: said } : {}),
      ...(parameters === undefined ? {} : { parameters }),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    },
  }
}

/** Anthropic has the place beside its type where chat has it one level deeper. */
function searchOptions({ user_location: place }: Json): Json {
  if (!isObject(place)) return {}
  const { type: _type, ...approximate } = place
  return { user_location: { type: 'approximate', approximate } }
}
