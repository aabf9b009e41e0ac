import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { forcesCall, type EncodedTools } from './encode-tools.ts'
import { isObject, textOf, type Json } from '../json.ts'
import { lowerSchema } from './lower-schema.ts'
import type { ModelTraits } from '../model-traits.ts'
import { SchemaRoom, type SchemaCost } from './schema-cost.ts'
import { inputSchema } from '../schema/input-schema.ts'
import { liftSchema } from '../schema/lift-schema.ts'
import { propertyNames, type PropertyNames } from '../schema/property-names.ts'
import { allowedName } from './unique-names.ts'
import type { OutputConfig, Tool } from '../wire.ts'

/** How an answer is held to the form that the client wants. */
export type AnswerForm =
  /** As the model likes, or as it is asked in words. */
  | {
      readonly kind: 'free'
      readonly instruction?: string
      readonly weakened: readonly string[]
      readonly drops?: readonly string[]
      readonly names?: undefined
    }
  /** The model itself keeps to the schema. */
  | {
      readonly kind: 'native'
      readonly format: NonNullable<OutputConfig['format']>
      readonly weakened: readonly string[]
      readonly names: PropertyNames | undefined
      readonly cost: SchemaCost
    }
  /** The model must call a tool whose input is the answer; see `ANSWER_TOOL`. */
  | {
      readonly kind: 'tool'
      readonly tool: Tool
      readonly weakened: readonly string[]
      readonly names: PropertyNames | undefined
    }

/**
 * The tool that stands in for an answer with a schema. The decoder turns its input back into
 * content.
 */
export const ANSWER_TOOL = 'json_response'

const JSON_FORMS: ReadonlySet<unknown> = new Set(['json_object', 'json_schema'])

/** Said where nothing but words asks for JSON. */
const ANSWER_IN_JSON = `When you answer in text, answer with nothing but one JSON object: \
no words around it, no code fences.`

/**
 * The way to `response_format` for a model. The same params always give the same way, so that
 * request and answer need not share it. For JSON of any shape the vendor has no mode: the model is
 * asked in words. So it is for a schema that neither the model nor a tool can be held to.
 */
export function answerForm(params: ChatCompletionCreateParams, traits: ModelTraits): AnswerForm {
  const wanted: unknown = params.response_format
  if (!isObject(wanted) || wanted['type'] === 'text') return { kind: 'free', weakened: [] }
  if (!JSON_FORMS.has(wanted['type']))
    return { kind: 'free', weakened: [], drops: ['response_format'] }
  const given = wanted['type'] === 'json_schema' ? wanted['json_schema'] : undefined
  const named = isObject(given) ? given : {}
  const schema = named['schema']
  if (!isObject(schema)) return inWords('json_object', '')
  const names = propertyNames(schema)
  const lifted = traits.schemas ? liftSchema(schema, { names, losesTop: false }) : undefined
  const lowered = lifted === undefined ? undefined : lowerSchema(lifted.schema)
  if (lowered !== undefined && new SchemaRoom().take(lowered.cost, false)) {
    const weakened = [...lifted!.weakened, ...lowered.weakened].map(ofFormat)
    return {
      kind: 'native',
      format: { type: 'json_schema', schema: lowered.schema },
      weakened,
      names,
      cost: lowered.cost,
    }
  }
  const isTaken = params.tools?.some((tool) => nameOnWire(tool) === ANSWER_TOOL) === true
  if (!traits.forcedTools || isTaken) {
    return inWords('json_schema', ` It fits this JSON Schema: ${JSON.stringify(schema)}`)
  }
  const { schema: input, lost } = inputSchema(schema, names)
  return { kind: 'tool', tool: answerTool(named, input), weakened: lost.map(ofFormat), names }
}

/** The name by which the vendor may get to know a tool: a function's, or that of one of its own. */
function nameOnWire({ function: fn, name }: Json): string | undefined {
  const own = textOf(isObject(fn) ? fn['name'] : name)
  return own === undefined ? undefined : allowedName(own)
}

function inWords(lost: string, shape: string): AnswerForm {
  return { kind: 'free', instruction: ANSWER_IN_JSON + shape, weakened: [ofFormat(lost)] }
}

function ofFormat(keyword: string): string {
  return `response_format: ${keyword}`
}

/**
 * Adds the tool that stands in for an answer with a schema, where the client's own choice leaves
 * room for an answer.
 */
export function withAnswerTool(encoded: EncodedTools, tool: Tool): EncodedTools {
  const choice = encoded.choice
  if (forcesCall(choice)) return encoded
  const alone = choice?.type === 'none' || encoded.tools.length === 0
  return {
    ...encoded,
    tools: [...encoded.tools, tool],
    choice: alone
      ? { type: 'tool', name: tool.name, disable_parallel_tool_use: true }
      : { ...choice, type: 'any' },
  }
}

function answerTool(named: Json, schema: Tool['input_schema']): Tool {
  return {
    name: ANSWER_TOOL,
    description:
      textOf(named['description']) ??
      'Gives the answer to the user. Call it once, with the whole answer.',
    input_schema: schema,
  }
}
