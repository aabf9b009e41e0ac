import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { isObject, type Json } from '../json.ts'
import type { ModelFamily } from '../model-family.ts'
import { lowerSchema } from '../schema/lower-schema.ts'
import type { NativeSettings } from './native-settings.ts'
import { canThink, thinkingConfig } from './thinking-config.ts'

/** The settings of an answer. */
export interface EncodedGenerationConfig {
  readonly config: Json
  /** What the model is told where it cannot be held to a form by a setting. */
  readonly instruction?: string
  readonly drops: readonly string[]
  readonly weakened: readonly string[]
}

/** Gemini takes no more. */
const MAX_STOPS = 5

/**
 * `max_completion_tokens`, sampling, stops, log probabilities, the form of the answer and how much
 * to think, as a `generationConfig`. One that the client gives itself goes over all of it. A model
 * that cannot give JSON beside functions is asked for it in words.
 */
export function generationConfig(
  params: ChatCompletionCreateParams,
  native: NativeSettings,
  options: { readonly family: ModelFamily; readonly hasFunctions: boolean },
): EncodedGenerationConfig {
  const {
    max_completion_tokens: max,
    max_tokens: olderMax,
    logprobs,
    top_logprobs: topLogprobs,
    seed,
    n,
    modalities,
  } = params
  const stops = [params.stop ?? []].flat().filter((stop) => typeof stop === 'string' && stop !== '')
  const drops = stops.length > MAX_STOPS ? ['stop'] : []
  if (typeof params.reasoning_effort === 'string' && !canThink(options.family))
    drops.push('reasoning_effort')
  const penalties = options.family.penalties === true
  for (const name of ['presence_penalty', 'frequency_penalty'] as const) {
    if (!penalties && typeof params[name] === 'number' && params[name] !== 0) drops.push(name)
  }
  const { fields, instruction, weakened } = answerForm(params.response_format, options)
  const spoken = modalities?.map((modality) => modality.toUpperCase())
  const config = {
    maxOutputTokens: max ?? olderMax,
    temperature: params.temperature,
    topP: params.top_p,
    topK: params.top_k,
    stopSequences: stops.length > 0 ? stops.slice(0, MAX_STOPS) : undefined,
    candidateCount: typeof n === 'number' && n > 1 ? n : undefined,
    seed: typeof seed === 'number' ? int32(seed) : undefined,
    presencePenalty: penalties ? params.presence_penalty : undefined,
    frequencyPenalty: penalties ? params.frequency_penalty : undefined,
    responseLogprobs: logprobs === true ? true : undefined,
    logprobs: logprobs === true ? topLogprobs : undefined,
    responseModalities: spoken?.join() === 'TEXT' ? undefined : spoken,
    ...fields,
    thinkingConfig: thinkingConfig(params, native, options.family),
    ...(isObject(native.generationConfig) ? native.generationConfig : {}),
  }
  return {
    config: Object.fromEntries(
      Object.entries(config).filter(([, value]) => value !== undefined && value !== null),
    ),
    ...(instruction === undefined ? {} : { instruction }),
    drops,
    weakened,
  }
}

function answerForm(
  format: ChatCompletionCreateParams['response_format'],
  { family, hasFunctions }: { readonly family: ModelFamily; readonly hasFunctions: boolean },
): { fields: Json; instruction?: string; weakened: readonly string[] } {
  const isSchema = format?.type === 'json_schema'
  if (!isSchema && format?.type !== 'json_object') return { fields: {}, weakened: [] }
  const given = isSchema && isObject(format.json_schema) ? format.json_schema : undefined
  if (family.onlyText === true || (hasFunctions && !family.jsonWithFunctions)) {
    const shape =
      given?.schema === undefined
        ? ''
        : ` that fits this JSON Schema: ${JSON.stringify(given.schema)}`
    return {
      fields: {},
      instruction: `When you answer in text, answer with nothing but JSON${shape}`,
      weakened: [],
    }
  }
  const fields = { responseMimeType: 'application/json' }
  if (given?.schema === undefined) return { fields, weakened: [] }
  const { schema, weakened } = lowerSchema(given.schema)
  const described =
    given.description === undefined || schema['anyOf'] !== undefined
      ? schema
      : { description: given.description, ...schema }
  return {
    fields: { ...fields, responseJsonSchema: described },
    weakened: weakened.map((keyword) => `response_format: ${keyword}`),
  }
}

/** Seeds are 32 bits wide here; a larger one is folded, so that equal seeds stay equal. */
function int32(seed: number): number {
  return Math.trunc(seed) | 0
}
