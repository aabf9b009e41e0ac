import type { ChatCompletionCreateParams, ChatCompletionFunctionTool } from '@sluice/core/wire'
import { isObject, type Json } from '../json.ts'
import { lowerSchema } from '../schema/lower-schema.ts'
import { objectSchema } from '../schema/object-schema.ts'
import type { ToolNames } from '../tool-names.ts'
import type { NativeSettings } from './native-settings.ts'

/** What a request says of tools. */
export interface EncodedTools {
  readonly tools?: readonly Json[]
  readonly toolConfig?: Json
  readonly hasFunctions: boolean
  /** Params, or the kinds of tool, that could not be carried. */
  readonly drops: readonly string[]
  readonly weakened: readonly string[]
}

/** Gemini's own tools, in both of its spellings. */
const NATIVE_TOOLS: ReadonlySet<string> = new Set(
  (
    'googleSearch google_search googleSearchRetrieval google_search_retrieval googleMaps google_maps codeExecution code_execution ' +
    'urlContext url_context fileSearch file_search computerUse computer_use functionDeclarations function_declarations retrieval'
  ).split(' '),
)
/** Those of them that name their sources. */
const SEARCHING: ReadonlySet<string> = new Set(
  (
    'googleSearch google_search googleSearchRetrieval google_search_retrieval googleMaps google_maps ' +
    'fileSearch file_search retrieval'
  ).split(' '),
)

/**
 * What the schemas of all functions together may grow by when they are lowered, a quarter of it for
 * one.
 */
const MAX_GROWTH = 8000

/** The names of a request's functions, in its order. */
export function functionNames(params: ChatCompletionCreateParams): string[] {
  return (params.tools ?? []).filter(isFunction).map((tool) => tool.function.name)
}

/** Whether the answer may rest on sources that Gemini looked up. */
export function asksForSources(params: ChatCompletionCreateParams): boolean {
  return (
    isObject(params['web_search_options']) ||
    (params.tools ?? []).some((tool) => searches(nativeTool(tool)))
  )
}

/**
 * Functions become declarations with lowered parameters; Gemini's own tools pass as they are;
 * `web_search_options` is Google Search, where no functions stand beside it, which most models
 * refuse. `tool_choice` becomes the mode of calling.
 */
export function encodeTools(
  params: ChatCompletionCreateParams,
  native: NativeSettings,
  names: ToolNames,
): EncodedTools {
  const { tool_choice: choice, web_search_options: search } = params
  const tools: Json[] = []
  const declarations: Json[] = []
  const drops: string[] = []
  const weakened: string[] = []
  const declared = new Set<string>()
  let growth = MAX_GROWTH
  for (const tool of params.tools ?? []) {
    const own = nativeTool(tool)
    if (isFunction(tool)) {
      // Two of one name are refused; the first counts.
      if (declared.has(tool.function.name)) {
        drops.push('tools')
        continue
      }
      declared.add(tool.function.name)
      const { declaration, lost, grown } = declare(tool.function, names, growth)
      declarations.push(declaration)
      for (const keyword of lost) weakened.push(`${tool.function.name}: ${keyword}`)
      growth -= grown
    } else if (own === undefined) drops.push(`tools.${tool.type}`)
    else tools.push(own)
  }
  if (declarations.length > 0) tools.unshift({ functionDeclarations: declarations })
  if (isObject(search)) {
    if (tools.length === 0) tools.push({ googleSearch: {} })
    else if (!tools.some(searches)) drops.push('web_search_options')
  }
  const hasFunctions =
    declarations.length > 0 ||
    tools.some((tool) => 'functionDeclarations' in tool || 'function_declarations' in tool)
  const mode = hasFunctions ? callingMode(choice, names) : undefined
  if (
    !hasFunctions &&
    (choice === 'required' || (isObject(choice) && nameOf(choice) !== undefined))
  ) {
    drops.push('tool_choice')
  }
  const own = isObject(native.toolConfig) ? native.toolConfig : {}
  const toolConfig = { ...(mode === undefined ? {} : { functionCallingConfig: mode }), ...own }
  return {
    ...(tools.length > 0 ? { tools } : {}),
    ...(Object.keys(toolConfig).length > 0 ? { toolConfig } : {}),
    hasFunctions,
    drops: [...new Set(drops)],
    weakened,
  }
}

type Tool = NonNullable<ChatCompletionCreateParams['tools']>[number]

function isFunction(tool: Tool): tool is ChatCompletionFunctionTool {
  return isObject(tool.function) && typeof tool.function['name'] === 'string'
}

/** A tool of Gemini's own: `{ "google_search": {} }`, or `{ "type": "google_search" }`. */
function nativeTool({ type, ...rest }: Tool): Json | undefined {
  if (Object.keys(rest).some((kind) => NATIVE_TOOLS.has(kind))) return rest
  return NATIVE_TOOLS.has(type) ? { [type]: rest } : undefined
}

function searches(tool: Json | undefined): boolean {
  return Object.keys(tool ?? {}).some((kind) => SEARCHING.has(kind))
}

function declare(
  { name, description, parameters }: ChatCompletionFunctionTool['function'],
  names: ToolNames,
  maxGrowth: number,
): { declaration: Json; lost: ReadonlySet<string>; grown: number } {
  const { schema, weakened, grown } = lowerSchema(parameters, Math.min(maxGrowth, MAX_GROWTH / 4))
  const lost = new Set(weakened)
  const parametersJsonSchema = objectSchema(schema, lost)
  const declaration = {
    name: names.toVendor(name),
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
    ...(parametersJsonSchema === undefined ? {} : { parametersJsonSchema }),
  }
  return { declaration, lost, grown }
}

function callingMode(
  choice: ChatCompletionCreateParams['tool_choice'],
  names: ToolNames,
): Json | undefined {
  if (choice === 'auto') return { mode: 'AUTO' }
  if (choice === 'required') return { mode: 'ANY' }
  if (choice === 'none') return { mode: 'NONE' }
  if (!isObject(choice)) return undefined
  const given: Json = choice
  const named = nameOf(given)
  if (named !== undefined) return { mode: 'ANY', allowedFunctionNames: [names.toVendor(named)] }
  const allowed = isObject(given['allowed_tools']) ? given['allowed_tools'] : given
  if (!Array.isArray(allowed['tools'])) return undefined
  const listed = allowed['tools'].filter(isObject).flatMap((tool) => nameOf(tool) ?? [])
  // AUTO takes no list of names; VALIDATED leaves the same freedom.
  const mode = allowed['mode'] === 'required' ? 'ANY' : 'VALIDATED'
  return { mode, allowedFunctionNames: listed.map((name) => names.toVendor(name)) }
}

function nameOf(holder: Json): string | undefined {
  const name = isObject(holder['function']) ? holder['function']['name'] : undefined
  return typeof name === 'string' ? name : undefined
}
