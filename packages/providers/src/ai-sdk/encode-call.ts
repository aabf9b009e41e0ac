import { wordTable } from '@sluice/core/internal'
import type { ChatCompletionCreateParams, ChatCompletionFunctionTool } from '@sluice/core/wire'
import type { AiSdkLanguageModel } from './ai-sdk-model.ts'
import { encodePrompt } from './encode-prompt.ts'

/** A call in the SDK's terms, and the params that have no place there. */
export interface EncodedCall {
  readonly options: Readonly<Record<string, unknown>>
  readonly drops: readonly string[]
}

/** Params that are dealt with elsewhere: by whoever asks, or by asking several times. */
const NOT_OPTIONS = new Set([
  'model',
  'messages',
  'n',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'tools',
  'tool_choice',
  'response_format',
])

/** Params that only have another name there. */
const RENAMED = wordTable<string>({
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
  seed: 'seed',
})

/**
 * Writes a call as the SDK's options. Every param that is not carried over is listed, those
 * included that nobody knows.
 */
export function encodeCall(
  params: ChatCompletionCreateParams,
  version: AiSdkLanguageModel['specificationVersion'],
): EncodedCall {
  const { prompt, drops } = encodePrompt(params.messages, version)
  const options: Record<string, unknown> = { prompt, ...toolsOf(params) }
  const dropped = [...drops]
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || NOT_OPTIONS.has(name)) continue
    const renamed = RENAMED.get(name)
    if (renamed !== undefined) options[renamed] = value
    else if (name === 'reasoning_effort' && version === 'v4') options['reasoning'] = value
    else dropped.push(name)
  }
  const maximum = params.max_completion_tokens ?? params.max_tokens
  if (typeof maximum === 'number') options['maxOutputTokens'] = maximum
  if (typeof params.stop === 'string') options['stopSequences'] = [params.stop]
  else if (Array.isArray(params.stop)) options['stopSequences'] = params.stop
  const format = formatOf(params.response_format)
  if (format !== undefined) options['responseFormat'] = format
  return { options, drops: dropped }
}

function toolsOf({
  tools,
  tool_choice: choice,
}: ChatCompletionCreateParams): Readonly<Record<string, unknown>> {
  if (tools === null || tools === undefined || tools.length === 0) return {}
  const named = (choice as { function?: { name?: string } } | null | undefined)?.function?.name
  const toolChoice =
    typeof choice === 'string'
      ? { type: choice }
      : named === undefined
        ? undefined
        : { type: 'tool', toolName: named }
  return {
    tools: tools.flatMap(({ function: fn }) => (fn === undefined ? [] : [toolOf(fn)])),
    ...(toolChoice === undefined ? {} : { toolChoice }),
  }
}

function toolOf({
  name,
  description,
  parameters,
  strict,
}: ChatCompletionFunctionTool['function']): object {
  return {
    type: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    inputSchema: parameters ?? { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' ? { strict } : {}),
  }
}

function formatOf(format: ChatCompletionCreateParams['response_format']): object | undefined {
  if (format?.type === 'json_object') return { type: 'json' }
  if (format?.type !== 'json_schema') return undefined
  const { name, description, schema } = format.json_schema
  return {
    type: 'json',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema }),
  }
}
