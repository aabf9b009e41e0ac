import type {
  ChatCompletionCreateParams,
  ChatCompletionCustomTool,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
  ChatCompletionTool,
} from '@sluice/core/wire'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import { customArguments, customFunction, type CustomToolText } from './custom-function.ts'
import type { CustomNames } from './custom-names.ts'

/** Whether a chat request has custom tools: among its tools, as its choice or in its history. */
export function usesCustomTools({
  tools,
  tool_choice: choice,
  messages,
}: ChatCompletionCreateParams): boolean {
  if (tools?.some(({ type }) => type === 'custom') === true) return true
  if (isObject(choice) && choice['type'] === 'custom') return true
  return Array.isArray(messages) && messages.some(hasCustomCalls)
}

/** The request with functions in the place of its custom tools. */
export function functionsForCustoms(
  params: ChatCompletionCreateParams,
  names: CustomNames,
): ChatCompletionCreateParams {
  const { tools, tool_choice: choice, messages } = params
  return {
    ...params,
    messages: messages.map((message) =>
      hasCustomCalls(message) ? withFunctionCalls(message, names) : message,
    ),
    ...(tools === undefined || tools === null ? {} : { tools: functionsOf(tools, names) }),
    ...(isObject(choice)
      ? { tool_choice: functionChoice(choice, names) as Json & { type: string } }
      : {}),
  }
}

function hasCustomCalls(message: ChatCompletionMessageParam): boolean {
  const calls: unknown = message.tool_calls
  return (
    Array.isArray(calls) &&
    calls.some((call: unknown) => isObject(call) && isObject(call['custom']))
  )
}

function withFunctionCalls(
  message: ChatCompletionMessageParam,
  names: CustomNames,
): ChatCompletionMessageParam {
  const calls = message.tool_calls!.map((call): ChatCompletionMessageToolCall => {
    if (call.type !== 'custom') return call
    const { custom, ...rest } = call
    const fn = { name: names.toFunction(custom.name), arguments: customArguments(custom.input) }
    return { ...rest, type: 'function', function: fn }
  })
  return { ...message, tool_calls: calls }
}

function functionsOf(
  tools: readonly ChatCompletionTool[],
  names: CustomNames,
): ChatCompletionTool[] {
  const told = new Set<string>()
  return tools.flatMap((tool) => {
    if (tool.type !== 'custom') return [tool]
    const { name, description } = tool.custom
    if (told.has(name)) return []
    told.add(name)
    return [customFunction({ name: names.toFunction(name), description, grammar: grammarOf(tool) })]
  })
}

/** The grammar, which clients of Responses leave one level higher. */
function grammarOf({ custom }: ChatCompletionCustomTool): CustomToolText['grammar'] {
  const format: unknown = custom.format
  if (!isObject(format)) return undefined
  const { syntax, definition } = isObject(format['grammar']) ? format['grammar'] : format
  if (typeof definition !== 'string') return undefined
  return { syntax: typeof syntax === 'string' ? syntax : 'lark', definition }
}

function functionChoice(choice: Json, names: CustomNames): Json {
  const { type, custom, allowed_tools: allowed } = choice
  if (type === 'custom' && isObject(custom))
    return { type: 'function', function: { name: names.toFunction(String(custom['name'])) } }
  if (type !== 'allowed_tools' || !isObject(allowed) || !Array.isArray(allowed['tools']))
    return choice
  const tools = (allowed['tools'] as unknown[]).map((one) =>
    isObject(one) ? functionChoice(one, names) : one,
  )
  return { ...choice, allowed_tools: { ...allowed, tools } }
}
