import {
  ApiError,
  type ChatCompletionCreateParams,
  type ChatCompletionTool,
  type ResponseCreateParams,
} from '@sluice/core'

type Tool = Readonly<Record<string, unknown>>

/** The tools of a Responses request in chat's form. @throws ApiError 400 that names a tool which only OpenAI's own servers could run. */
export function toChatTools(
  params: ResponseCreateParams,
): Partial<Pick<ChatCompletionCreateParams, 'tools' | 'tool_choice'>> {
  const tools = (params.tools ?? []).map(toChatTool)
  const choice = params.tool_choice
  if (choice === undefined || choice === null) return toolsWith(tools, undefined)
  if (choice === 'auto' || choice === 'none' || choice === 'required') return toolsWith(tools, choice)
  if (typeof choice === 'string') throw unsupported(choice, 'tool_choice')
  if (choice['type'] === 'function') {
    return toolsWith(tools, { type: 'function', function: { name: String(choice['name']) } })
  }
  if (choice['type'] === 'allowed_tools' && Array.isArray(choice['tools'])) {
    const allowed = new Set((choice['tools'] as readonly Tool[]).map(({ name }) => name))
    const mode = choice['mode'] === 'required' ? 'required' : 'auto'
    return toolsWith(
      tools.filter((tool) => allowed.has(tool.function.name)),
      mode,
    )
  }
  throw unsupported(choice['type'], 'tool_choice')
}

/** Chat refuses an empty list of tools, and a choice among none. */
function toolsWith(
  tools: readonly ChatCompletionTool[],
  choice: ChatCompletionCreateParams['tool_choice'],
): Partial<Pick<ChatCompletionCreateParams, 'tools' | 'tool_choice'>> {
  if (tools.length === 0) return {}
  return choice === undefined || choice === null ? { tools } : { tools, tool_choice: choice }
}

function toChatTool(tool: Tool, index: number): ChatCompletionTool {
  if (tool['type'] !== 'function') throw unsupported(tool['type'], `tools[${index}].type`)
  const { name, description, parameters, strict } = tool
  return {
    type: 'function',
    function: {
      name: String(name),
      ...(typeof description === 'string' ? { description } : {}),
      ...(parameters === undefined || parameters === null ? {} : { parameters: parameters as Record<string, unknown> }),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    },
  }
}

function unsupported(type: unknown, param: string): ApiError {
  const message = `The tool '${String(type).slice(0, 64)}' is not supported for this model; only functions are.`
  return new ApiError('unsupported_parameter', { message, param })
}
