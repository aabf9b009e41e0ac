import type { ChatCompletionCreateParams, ResponseCreateParams } from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import { actionKindOf } from './action-tools.ts'
import type { ChatTools } from './chat-tools.ts'

type ToolParams = Partial<Pick<ChatCompletionCreateParams, 'tools' | 'tool_choice'>> & {
  readonly web_search_options?: Json
}

/**
 * The params of chat that hold tools and what is to be done with them. `drops` gets `tool_choice`
 * where it asked for a tool that is left out.
 */
export function toChatTools(
  params: ResponseCreateParams,
  chatTools: ChatTools,
  drops: Set<string>,
): ToolParams {
  const { functions, search, hasOthers } = chatTools
  const { names, choice, isLost } = choiceOf(params.tool_choice, chatTools)
  const tools = functions.filter(({ function: { name } }) => names === undefined || names.has(name))
  if (isLost || (tools.length === 0 && choice === 'required' && hasOthers)) drops.add('tool_choice')
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
  readonly names?: ReadonlySet<string>
  readonly choice: NonNullable<ChatCompletionCreateParams['tool_choice']> | undefined
  /** Whether something was asked for that chat does not have. */
  readonly isLost: boolean
}

function choiceOf(asked: ResponseCreateParams['tool_choice'], tools: ChatTools): Choice {
  if (asked === undefined || asked === null) return { choice: undefined, isLost: false }
  if (asked === 'auto' || asked === 'none' || asked === 'required')
    return { choice: asked, isLost: false }
  if (typeof asked === 'string') return { choice: 'auto', isLost: true }
  const { type, mode } = asked
  if (type === 'allowed_tools' && Array.isArray(asked['tools'])) {
    const names = new Set(
      (asked['tools'] as unknown[]).flatMap((tool) => nameOfChoice(tool, tools) ?? []),
    )
    return { names, choice: mode === 'required' ? 'required' : 'auto', isLost: false }
  }
  const name = nameOfChoice(asked, tools)
  if (name !== undefined) return { choice: { type: 'function', function: { name } }, isLost: false }
  // A name that never was a tool is the client's mistake, which the vendor tells it.
  if (type === 'function' && !tools.hasOthers) {
    const named = { name: String(asked['name']) }
    return { choice: { type: 'function', function: named }, isLost: false }
  }
  return { choice: 'auto', isLost: true }
}

/** The function that stands for the tool which a choice names. */
function nameOfChoice(asked: unknown, tools: ChatTools): string | undefined {
  if (!isObject(asked)) return undefined
  const { type, name, namespace } = asked
  if (type === 'function' || type === 'custom') {
    return typeof name === 'string'
      ? tools.find(type, name, typeof namespace === 'string' ? namespace : undefined)
      : undefined
  }
  const kind = actionKindOf({ type, execution: 'client' })
  return kind === undefined ? undefined : tools.find(kind, kind)
}

/** Responses has the place beside its type where chat has it one level deeper. */
function searchOptions({ search_context_size: size, user_location: place }: Json): Json {
  const isPlace = isObject(place)
  const { type: _type, ...approximate } = isPlace ? place : {}
  return {
    ...(typeof size === 'string' ? { search_context_size: size } : {}),
    ...(isPlace ? { user_location: { type: 'approximate', approximate } } : {}),
  }
}
