import type {
  ChatCompletionCreateParams,
  ChatCompletionTool,
  ResponseCreateParams,
} from '@sluice/core/wire'

type Tool = Readonly<Record<string, unknown>>
type ToolParams = Partial<Pick<ChatCompletionCreateParams, 'tools' | 'tool_choice'>> & {
  readonly web_search_options?: Tool
}

/** How the tools of a Responses request are said in chat. */
export interface ToChatToolsOptions {
  /** Whether chat's `web_search_options` makes the model search. */
  readonly searches: boolean
  /** Gets the kinds of tool that are left out, and `tool_choice` where it asked for one of them. */
  readonly drops: Set<string>
}

/** The client makes the names of these; a header takes only so many. */
const MAX_KINDS = 32
const WEB_SEARCH = /^web_search(?:_preview)?(?:_\d{4}_\d\d_\d\d)?$/

/**
 * The functions of a Responses request as chat's tools, and its web search as chat's where the
 * vendor has one. Other kinds of tool are left out.
 */
export function toChatTools(
  params: ResponseCreateParams,
  { searches, drops }: ToChatToolsOptions,
): ToolParams {
  const all: readonly Tool[] = params.tools ?? []
  const functions = all.filter(isFunction)
  const search = searches ? all.find(isSearch) : undefined
  for (const tool of all) {
    if (isFunction(tool) || (searches && isSearch(tool)) || drops.size >= MAX_KINDS) continue
    drops.add(`tools.${String(tool['type'])}`)
  }
  const { names, choice, isLost } = choiceOf(
    params.tool_choice,
    functions.length < all.length,
    functions,
  )
  const tools = functions
    .filter(({ name }) => names === undefined || names.has(name))
    .map(toChatTool)
  if (isLost || (tools.length === 0 && choice === 'required' && all.length > 0))
    drops.add('tool_choice')
  return {
    // Chat refuses an empty list of tools, and a choice among none.
    ...(tools.length === 0
      ? {}
      : { tools, ...(choice === undefined ? {} : { tool_choice: choice }) }),
    ...(search === undefined || params.tool_choice === 'none'
      ? {}
      : { web_search_options: searchOptions(search) }),
  }
}

interface Choice {
  /** The only functions that may be called. */
  readonly names?: ReadonlySet<unknown>
  readonly choice: NonNullable<ChatCompletionCreateParams['tool_choice']> | undefined
  /** Whether something was asked for that chat does not have. */
  readonly isLost: boolean
}

function choiceOf(
  asked: ResponseCreateParams['tool_choice'],
  hasOthers: boolean,
  functions: readonly Tool[],
): Choice {
  if (asked === undefined || asked === null) return { choice: undefined, isLost: false }
  if (asked === 'auto' || asked === 'none' || asked === 'required')
    return { choice: asked, isLost: false }
  if (typeof asked === 'string') return { choice: 'auto', isLost: true }
  const { type, name } = asked
  if (type === 'function') {
    // A name that never was a tool is the client's mistake, which the vendor tells it.
    const isThere = !hasOthers || functions.some((tool) => tool['name'] === name)
    if (isThere)
      return { choice: { type: 'function', function: { name: String(name) } }, isLost: false }
  }
  if (type === 'allowed_tools' && Array.isArray(asked['tools'])) {
    const names = new Set(
      (asked['tools'] as readonly (Tool | null)[]).map((tool) => tool?.['name']),
    )
    return { names, choice: asked['mode'] === 'required' ? 'required' : 'auto', isLost: false }
  }
  return { choice: 'auto', isLost: true }
}

function isFunction(tool: unknown): tool is Tool {
  return typeof tool === 'object' && tool !== null && 'type' in tool && tool.type === 'function'
}

function isSearch({ type }: Tool): boolean {
  return typeof type === 'string' && WEB_SEARCH.test(type)
}

/** Responses has the place beside its type where chat has it one level deeper. */
function searchOptions({ search_context_size: size, user_location: place }: Tool): Tool {
  const isPlace = typeof place === 'object' && place !== null
  const { type: _type, ...approximate } = isPlace ? (place as Tool) : {}
  return {
    ...(typeof size === 'string' ? { search_context_size: size } : {}),
    ...(isPlace ? { user_location: { type: 'approximate', approximate } } : {}),
  }
}

function toChatTool({ name, description, parameters, strict }: Tool): ChatCompletionTool {
  return {
    type: 'function',
    function: {
      name: String(name),
      ...(typeof description === 'string' ? { description } : {}),
      ...(parameters === undefined || parameters === null
        ? {}
        : { parameters: parameters as Record<string, unknown> }),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    },
  }
}
