import type { ChatCompletionCreateParams } from '@sluice/core'
import { forcesCall, objectSchema, type EncodedTools } from './encode-tools.ts'
import { isObject, textOf, type Json } from './json.ts'
import { lowerSchema } from './lower-schema.ts'
import type { ModelTraits } from './model-traits.ts'
import type { OutputConfig, Tool } from './wire.ts'

/** How an answer is held to the form that the client wants. */
export type AnswerForm =
  | { readonly kind: 'free'; readonly drops: readonly string[] }
  /** The model itself keeps to the schema. */
  | {
      readonly kind: 'native'
      readonly format: NonNullable<OutputConfig['format']>
      readonly weakened: readonly string[]
    }
  /** The model must call a tool whose input is the answer; see `ANSWER_TOOL`. */
  | { readonly kind: 'tool'; readonly tool: Tool }

/** The tool that stands in for an answer with a schema. The decoder turns its input back into content. */
export const ANSWER_TOOL = 'json_response'

/** The way to `response_format` for a model. The same params always give the same way, so that request and answer need not share it. */
export function answerForm(params: ChatCompletionCreateParams, traits: ModelTraits): AnswerForm {
  const wanted: unknown = params.response_format
  if (!isObject(wanted) || wanted['type'] === 'text') return { kind: 'free', drops: [] }
  const named = isObject(wanted['json_schema']) ? wanted['json_schema'] : {}
  const schema = named['schema']
  // The vendor has no mode for JSON of any shape; a client that wants it has to ask in words too.
  if (wanted['type'] !== 'json_schema' || !isObject(schema)) return { kind: 'free', drops: ['response_format'] }
  const lowered = traits.schemas ? lowerSchema(schema) : undefined
  if (lowered !== undefined) {
    const weakened = lowered.weakened.map((keyword) => `response_format: ${keyword}`)
    return { kind: 'native', format: { type: 'json_schema', schema: lowered.schema }, weakened }
  }
  const isTaken = params.tools?.some((tool) => tool.function?.name === ANSWER_TOOL) === true
  if (!traits.forcedTools || isTaken) return { kind: 'free', drops: ['response_format'] }
  return { kind: 'tool', tool: answerTool(named, schema) }
}

/** Adds the tool that stands in for an answer with a schema, where the client's own choice leaves room for an answer. */
export function withAnswerTool(encoded: EncodedTools, tool: Tool): EncodedTools {
  const choice = encoded.choice
  if (forcesCall(choice)) return encoded
  const alone = choice?.type === 'none' || encoded.tools.length === 0
  return {
    ...encoded,
    tools: [...encoded.tools, tool],
    choice: alone ? { type: 'tool', name: tool.name, disable_parallel_tool_use: true } : { ...choice, type: 'any' },
  }
}

function answerTool(named: Json, schema: Json): Tool {
  return {
    name: ANSWER_TOOL,
    description: textOf(named['description']) ?? 'Gives the answer to the user. Call it once, with the whole answer.',
    input_schema: objectSchema(schema),
  }
}
