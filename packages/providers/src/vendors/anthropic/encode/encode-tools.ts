import { ApiError } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { cacheMark } from './encode-content.ts'
import { isObject, textOf, type Json } from '../json.ts'
import { lowerSchema } from './lower-schema.ts'
import type { ModelTraits } from '../model-traits.ts'
import type { SchemaRoom } from './schema-cost.ts'
import { inputSchema } from '../schema/input-schema.ts'
import type { ToolNames } from './tool-names.ts'
import type { Tool, ToolChoice, WebSearchTool } from '../wire.ts'

/** Tools and what is to be done with them, in the vendor's form. */
export interface EncodedTools {
  readonly tools: (Tool | WebSearchTool)[]
  readonly choice: ToolChoice | undefined
  readonly drops: readonly string[]
  /** Parts of schemas that the model is no longer held to: `get_weather: pattern`. */
  readonly weakened: readonly string[]
}

/**
 * Writes `tools`, `tool_choice`, `parallel_tool_calls` and `web_search_options`. Tools are strict
 * as far as there is room.
 *
 * @throws ApiError `unsupported_parameter`, `invalid_value`
 */
export function encodeTools(
  params: ChatCompletionCreateParams,
  traits: ModelTraits,
  names: ToolNames,
  calledTools: ReadonlySet<string>,
  room: SchemaRoom,
): EncodedTools {
  const allowed = allowedTools(params.tool_choice)
  const together = params.parallel_tool_calls !== false
  const named = (params.tools ?? []).filter(
    (tool) => allowed === undefined || allowed.names.has(tool.function?.name),
  )
  const declared = withoutTwins(named)
  const strict = traits.schemas ? room : undefined
  const weakened: string[] = []
  const tools = declared.map((tool, index) =>
    encodeTool(tool, names, strict, weakened, `tools[${index}]`),
  )
  const search = webSearch(params['web_search_options'])
  if (search !== undefined) tools.push(search)
  if (tools.length === 0) return withoutTools(calledTools, params.tool_choice)
  const wanted = allowed?.mode ?? params.tool_choice ?? undefined
  const choice = encodeChoice(wanted, names, new Set(tools.map((tool) => tool.name)))
  const isForced = choice?.type === 'any' || choice?.type === 'tool'
  const kept: ToolChoice | undefined = isForced && !traits.forcedTools ? { type: 'auto' } : choice
  return {
    tools,
    choice: together ? kept : oneAtATime(kept),
    drops: [
      ...(kept === choice ? [] : ['tool_choice']),
      ...(declared.length === named.length ? [] : ['tools']),
    ],
    weakened,
  }
}

/** Whether a choice leaves the model no way but to call something. */
export function forcesCall(choice: ToolChoice | undefined): boolean {
  return choice?.type === 'any' || choice?.type === 'tool'
}

function encodeTool(
  tool: Json,
  names: ToolNames,
  room: SchemaRoom | undefined,
  weakened: string[],
  param: string,
): Tool | WebSearchTool {
  const fn = tool['function']
  if (!isObject(fn)) {
    if (
      tool['type'] === 'function' ||
      tool['type'] === 'custom' ||
      textOf(tool['name']) === undefined
    ) {
      throw new ApiError('unsupported_parameter', {
        message: 'Only functions can be given to this model as tools.',
        param,
      })
    }
    // A tool of the vendor's own, such as its code execution.
    return tool as unknown as WebSearchTool
  }
  const { type: _type, function: _function, ...extra } = tool
  const ownName = textOf(fn['name']) ?? ''
  const description = textOf(fn['description'])
  const { schema, lost } = inputSchema(fn['parameters'], names.propertiesOf(ownName))
  for (const keyword of lost) weakened.push(`${ownName}: ${keyword}`)
  const closed = room !== undefined && fn['strict'] === true ? lowerSchema(schema) : undefined
  const lowered = closed !== undefined && room!.take(closed.cost, true) ? closed : undefined
  if (lowered !== undefined)
    weakened.push(...lowered.weakened.map((keyword) => `${ownName}: ${keyword}`))
  else if (fn['strict'] === true) weakened.push(`${ownName}: strict`)
  return {
    ...extra,
    name: names.toWire(ownName),
    ...(description === undefined ? {} : { description }),
    input_schema: (lowered?.schema as Tool['input_schema'] | undefined) ?? schema,
    ...(lowered === undefined ? {} : { strict: true }),
    ...cacheMark(fn),
  }
}

/** The vendor refuses two tools of one name; the first of them counts. */
function withoutTwins<T extends Json>(tools: readonly T[]): readonly T[] {
  const names = new Set<unknown>()
  return tools.filter(({ function: fn }) => {
    if (!isObject(fn)) return true
    const isNew = !names.has(fn['name'])
    names.add(fn['name'])
    return isNew
  })
}

/**
 * The vendor refuses calls in a conversation that declares no tools, so that they are declared by
 * name and not to be called again.
 */
function withoutTools(calledTools: ReadonlySet<string>, wanted: unknown): EncodedTools {
  const isForced = wanted === 'required' || (isObject(wanted) && isObject(wanted['function']))
  const tools = [...calledTools].map((name): Tool => ({
    name,
    input_schema: { type: 'object', properties: {} },
  }))
  return {
    tools,
    choice: tools.length === 0 ? undefined : { type: 'none' },
    drops: isForced ? ['tool_choice'] : [],
    weakened: [],
  }
}

function encodeChoice(
  choice: unknown,
  names: ToolNames,
  declared: ReadonlySet<string>,
): ToolChoice | undefined {
  if (choice === undefined) return undefined
  if (choice === 'none') return { type: 'none' }
  if (choice === 'auto') return { type: 'auto' }
  if (choice === 'required') return { type: 'any' }
  if (isObject(choice)) {
    const { type, name } = choice
    if (type === 'auto' || type === 'any' || type === 'none') return choice as unknown as ToolChoice
    const wanted = isObject(choice['function'])
      ? choice['function']['name']
      : type === 'tool'
        ? name
        : undefined
    const wire = names.toWire(textOf(wanted) ?? '')
    if (declared.has(wire)) return { type: 'tool', name: wire }
  }
  throw new ApiError('invalid_value', {
    message: 'The tool choice names no tool of this request.',
    param: 'tool_choice',
  })
}

function allowedTools(
  choice: unknown,
): { readonly mode: unknown; readonly names: ReadonlySet<unknown> } | undefined {
  if (!isObject(choice) || choice['type'] !== 'allowed_tools') return undefined
  const given = isObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice
  const tools = Array.isArray(given['tools']) ? (given['tools'] as unknown[]).filter(isObject) : []
  const names = new Set(
    tools.map((tool) => (isObject(tool['function']) ? tool['function']['name'] : tool['name'])),
  )
  return { mode: given['mode'] ?? 'auto', names }
}

function oneAtATime(choice: ToolChoice | undefined): ToolChoice {
  return choice?.type === 'none'
    ? choice
    : { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true }
}

function webSearch(options: unknown): WebSearchTool | undefined {
  if (!isObject(options)) return undefined
  const location = isObject(options['user_location']) ? options['user_location'] : {}
  const place = isObject(location['approximate']) ? location['approximate'] : {}
  const { city, region, country, timezone } = place as Record<string, string>
  const known = Object.entries({ city, region, country, timezone }).filter(
    ([, value]) => typeof value === 'string' && value !== '',
  )
  return {
    type: 'web_search_20250305',
    name: 'web_search',
    ...(known.length === 0
      ? {}
      : { user_location: { type: 'approximate', ...Object.fromEntries(known) } }),
  }
}
