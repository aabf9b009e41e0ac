import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import type { EncodeContext, EncodedRequest } from '../../../vendor-spec/provider-spec.ts'
import { answerForm, withAnswerTool } from './encode-format.ts'
import { encodeMessages } from './encode-messages.ts'
import { encodeSampling } from './encode-sampling.ts'
import { planThinking } from './encode-thinking.ts'
import { encodeTools, forcesCall } from './encode-tools.ts'
import { isObject, textOf, type Json } from '../json.ts'
import { modelTraits } from '../model-traits.ts'
import { SchemaRoom } from './schema-cost.ts'
import type { ThinkingMemory } from '../thinking-memory.ts'
import { toolNames } from './tool-names.ts'
import { opaqueUserId } from '../../../vendor-spec/opaque-user-id.ts'
import type { MessagesRequest, OutputConfig, TextBlock } from '../wire.ts'

/** Params that no request to this vendor can carry. */
export const DROPPED_PARAMS = [
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'modalities',
  'moderation',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'seed',
  'store',
  'top_logprobs',
  'verbosity',
] as const

/**
 * Params that are read here; whatever else a client sends is taken for a field of the vendor's own
 * and handed on.
 */
const READ_PARAMS = [
  'betas',
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'metadata',
  'model',
  'n',
  'output_config',
  'parallel_tool_calls',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'service_tier',
  'stop',
  'stream',
  'stream_options',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
  'user',
  'web_search_options',
] as const

const NOT_HANDED_ON: ReadonlySet<string> = new Set([...DROPPED_PARAMS, ...READ_PARAMS])

const SERVICE_TIERS: ReadonlyMap<unknown, 'auto' | 'standard_only'> = new Map([
  ['auto', 'auto'],
  ['priority', 'auto'],
  ['default', 'standard_only'],
  ['standard_only', 'standard_only'],
])

/**
 * Writes a chat call as `POST /v1/messages`.
 * @throws ApiError for content, tools or choices that cannot be carried
 */
export function encodeRequest(
  params: ChatCompletionCreateParams,
  context: EncodeContext,
  memory: ThinkingMemory | undefined,
): EncodedRequest {
  const traits = modelTraits(context.model)
  const names = toolNames(params)
  const conversation = encodeMessages(params.messages, { names, memory, prefill: traits.prefill })
  const form = answerForm(params, traits)
  const room = new SchemaRoom()
  if (form.kind === 'native') room.take(form.cost, false)
  const ownTools = encodeTools(params, traits, names, conversation.calledTools, room)
  const {
    tools,
    choice,
    drops: toolDrops,
    weakened,
  } = form.kind === 'tool' ? withAnswerTool(ownTools, form.tool) : ownTools
  const plan = planThinking(params, {
    traits,
    forcesCall: forcesCall(choice),
    mayThink: conversation.mayThink,
  })
  const thinks = plan.thinking?.type === 'enabled' || plan.thinking?.type === 'adaptive'
  const { sampling, drops: samplingDrops } = encodeSampling(params, traits, thinks)
  const output = outputConfig(params, plan.effort, form.kind === 'native' ? form.format : undefined)
  const system = [...ownSystem(params['system']), ...conversation.system]
  if (form.kind === 'free' && form.instruction !== undefined) {
    system.push({ type: 'text', text: form.instruction })
  }
  const { fields, drops } = plainFields(params)

  const body: MessagesRequest = {
    model: context.model,
    max_tokens: plan.maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: conversation.messages,
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(plan.thinking === undefined ? {} : { thinking: plan.thinking }),
    ...(output === undefined ? {} : { output_config: output }),
    ...sampling,
    ...fields,
    ...(context.stream ? { stream: true } : {}),
  }
  const betas = betaNames(params['betas'])
  return {
    path: '/v1/messages',
    body: { ...foreignFields(params), ...body },
    ...(betas === '' ? {} : { headers: { 'anthropic-beta': betas } }),
    drops: [
      ...conversation.drops,
      ...(form.kind === 'free' ? (form.drops ?? []) : []),
      ...toolDrops,
      ...plan.drops,
      ...samplingDrops,
      ...drops,
    ],
    relaxedSchemas: [...weakened, ...form.weakened],
  }
}

/** Fields that have a counterpart of another name or another range. */
function plainFields(params: ChatCompletionCreateParams): {
  readonly fields: Pick<MessagesRequest, 'stop_sequences' | 'metadata' | 'service_tier'>
  readonly drops: readonly string[]
} {
  const fields: Pick<MessagesRequest, 'stop_sequences' | 'metadata' | 'service_tier'> = {}
  const drops: string[] = []
  // The vendor refuses blank stop sequences.
  const wanted = [params.stop ?? []].flat()
  const stops = wanted.filter((stop) => typeof stop === 'string' && /\S/.test(stop))
  if (stops.length < wanted.length) drops.push('stop')
  if (stops.length > 0) fields.stop_sequences = stops
  const { user_id: userId, ...labels } = isObject(params.metadata) ? params.metadata : {}
  const user = textOf(userId) ?? textOf(params.user) ?? textOf(params['safety_identifier'])
  if (user !== undefined) fields.metadata = { user_id: opaqueUserId(user) }
  if (Object.keys(labels).length > 0) drops.push('metadata')
  const tier = SERVICE_TIERS.get(params.service_tier)
  if (tier !== undefined) fields.service_tier = tier
  else if (textOf(params.service_tier) !== undefined) drops.push('service_tier')
  return { fields, drops }
}

function outputConfig(
  params: ChatCompletionCreateParams,
  effort: OutputConfig['effort'],
  format: OutputConfig['format'],
): OutputConfig | undefined {
  const own = params['output_config']
  const config: OutputConfig = {
    ...(effort === undefined ? {} : { effort }),
    ...(format === undefined ? {} : { format }),
    ...(isObject(own) ? own : {}),
  }
  return Object.keys(config).length === 0 ? undefined : config
}

/**
 * Instructions that a client gives in the vendor's own field stand before those in the messages.
 */
function ownSystem(system: unknown): TextBlock[] {
  if (typeof system === 'string') return /\S/.test(system) ? [{ type: 'text', text: system }] : []
  return Array.isArray(system)
    ? ((system as unknown[]).filter(isObject) as unknown as TextBlock[])
    : []
}

/** Unreleased features that a client asks for, by their names. */
function betaNames(betas: unknown): string {
  const names = Array.isArray(betas) ? (betas as unknown[]) : []
  return names.filter((name) => typeof name === 'string' && /^[\w.-]+$/.test(name)).join(',')
}

function foreignFields(params: Json): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).filter(
      ([name, value]) => !NOT_HANDED_ON.has(name) && value !== undefined && value !== null,
    ),
  )
}
