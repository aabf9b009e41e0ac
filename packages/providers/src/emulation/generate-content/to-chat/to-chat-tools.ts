import { ApiError } from '@sluice/core'
import type { ChatCompletionCreateParams, ChatCompletionTool } from '@sluice/core/wire'
import { wordTable } from '@sluice/core/internal'
import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { readMember } from '../read-member.ts'
import { toJsonSchema } from './to-json-schema.ts'

type ToolParams = Partial<Pick<ChatCompletionCreateParams, 'tools' | 'tool_choice'>> & {
  readonly web_search_options?: Json
}

/** How the tools of a request in Gemini's form are said in chat. */
export interface ToChatToolsOptions {
  /** Whether chat's `web_search_options` makes the model search. */
  readonly searches: boolean
  /** Gets the kinds of tool that are left out. */
  readonly drops: Set<string>
}

/** The client makes the names of these; a header takes only so many. */
const MAX_KINDS = 32
const SEARCH = /^google_?search(?:_?retrieval)?$/i

const MODES = wordTable<'auto' | 'required' | 'none'>({
  AUTO: 'auto',
  VALIDATED: 'auto',
  ANY: 'required',
  NONE: 'none',
})

/**
 * Returns the functions of a request in Gemini's form as chat's tools, the mode of calling as its
 * choice, and Google's search as chat's where the vendor has one. Other tools are left out.
 */
export function toChatTools(params: Json, { searches, drops }: ToChatToolsOptions): ToolParams {
  const { tools } = params
  const given = (Array.isArray(tools) ? tools : []).filter(isObject)
  const functions: Declaration[] = []
  let isSearch = false
  for (const tool of given) {
    const declared = readMember(tool, 'functionDeclarations')
    if (Array.isArray(declared))
      for (const one of declared) if (isObject(one)) functions.push(named(one))
    for (const kind of Object.keys(tool)) {
      if (/^function_?declarations$/i.test(kind)) continue
      if (searches && SEARCH.test(kind)) isSearch = true
      else if (drops.size < MAX_KINDS) drops.add(`tools.${kind.slice(0, 64)}`)
    }
  }
  const { mode, names } = callingOf(params)
  const offered = names === undefined ? functions : functions.filter(({ name }) => names.has(name))
  const choice = choiceOf(mode, offered, names)
  return {
    ...(offered.length === 0 ? {} : { tools: offered.map(toChatTool) }),
    ...(offered.length === 0 || choice === undefined ? {} : { tool_choice: choice }),
    ...(isSearch ? { web_search_options: {} } : {}),
  }
}

/** A function that has a name. */
type Declaration = Json & { readonly name: string }

function named(declaration: Json): Declaration {
  const { name } = declaration
  if (typeof name === 'string' && name !== '') return { ...declaration, name }
  throw new ApiError('invalid_value', {
    message: "Invalid 'tools': a function has no name.",
    param: 'tools',
  })
}

interface Calling {
  readonly mode: 'auto' | 'required' | 'none' | undefined
  /** The only functions that may be called. */
  readonly names: ReadonlySet<unknown> | undefined
}

function callingOf(params: Json): Calling {
  const config = readMember(params, 'toolConfig')
  const calling = isObject(config) ? readMember(config, 'functionCallingConfig') : undefined
  if (!isObject(calling)) return { mode: undefined, names: undefined }
  const { mode } = calling
  const allowed = readMember(calling, 'allowedFunctionNames')
  return {
    mode: typeof mode === 'string' ? MODES.get(mode.toUpperCase()) : undefined,
    names: Array.isArray(allowed) && allowed.length > 0 ? new Set(allowed) : undefined,
  }
}

function choiceOf(
  mode: Calling['mode'],
  offered: readonly Declaration[],
  names: Calling['names'],
): ChatCompletionCreateParams['tool_choice'] {
  const [only] = offered
  if (mode !== 'required' || names === undefined || offered.length !== 1) return mode
  return { type: 'function', function: { name: only!.name } }
}

function toChatTool(declaration: Declaration): ChatCompletionTool {
  const { name, description, parameters } = declaration
  const schema = readMember(declaration, 'parametersJsonSchema')
  const own = isObject(schema) ? schema : undefined
  const translated = isObject(parameters) ? toJsonSchema(parameters) : own
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' ? { description } : {}),
      ...(translated === undefined ? {} : { parameters: translated }),
    },
  }
}
