import type { ChatCompletionCreateParams, ChatCompletionTool } from '@sluice/core/wire'
import { isObject, type Json } from './json.ts'

/** Responses' tools in chat's form; kinds that chat does not have are left out and said. */
export function chatTools(tools: unknown, drops: Set<string>): ChatCompletionTool[] {
  if (!Array.isArray(tools)) return []
  return (tools as Json[]).flatMap((tool): ChatCompletionTool[] => {
    const { type, name, description, parameters, strict, format } = tool
    const said = {
      name: String(name),
      ...(typeof description === 'string' ? { description } : {}),
    }
    if (type === 'custom')
      return [
        { type, custom: { ...said, ...(isObject(format) ? { format: chatFormat(format) } : {}) } },
      ]
    if (type === 'function') {
      const shape = isObject(parameters) ? { parameters: { ...parameters } } : {}
      const isStrict = typeof strict === 'boolean' ? { strict } : {}
      return [{ type, function: { ...said, ...shape, ...isStrict } }]
    }
    drops.add(`tools.${String(type)}`)
    return []
  })
}

/** Whether and which tool has to be called, in chat's form. */
export function chatToolChoice(choice: unknown): ChatCompletionCreateParams['tool_choice'] {
  if (typeof choice === 'string') return choice as 'auto'
  if (!isObject(choice)) return undefined
  const { type, name, mode, tools } = choice
  if (type === 'function') return { type, function: { name: String(name) } }
  if (type === 'custom') return { type, custom: { name: String(name) } }
  if (type !== 'allowed_tools' || !Array.isArray(tools)) return 'auto'
  return { type, allowed_tools: { mode, tools: tools.map(chatToolChoice) } }
}

type Format = NonNullable<
  Extract<ChatCompletionTool, { readonly type: 'custom' }>['custom']['format']
>

/** Chat has the grammar one level deeper. */
function chatFormat({ type, definition, syntax }: Json): Format {
  if (type !== 'grammar') return { type: 'text' }
  const grammar = { definition: String(definition), syntax: syntax === 'regex' ? syntax : 'lark' }
  return { type, grammar: grammar as { definition: string; syntax: 'lark' | 'regex' } }
}
