import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core/wire'
import type { EncodeContext, EncodedRequest } from '../../vendor-spec/provider-spec.ts'
import { chatRules, effortsOf, messageRules } from './chat-rules.ts'
import { encodeMessages } from './encode-messages.ts'
import { leaveOutEmpty } from './leave-out-empty.ts'
import { nearestEffort } from './nearest-effort.ts'
import type { ChatRules, Json, OpenAICompatibleSpec } from '../openai-compatible-spec.ts'
import { ParamsPatch } from './params-patch.ts'

/** A chat request in an OpenAI-alike's terms: what to change in the client's own body. */
export function encodeChat(
  alike: OpenAICompatibleSpec,
  params: ChatCompletionCreateParams,
  context: EncodeContext,
): Pick<EncodedRequest, 'patch' | 'drops'> {
  const patch = new ParamsPatch(params)
  patch.set('model', context.model)
  leaveOutEmpty(patch, params)
  const rules = chatRules(alike, context.model, params)
  for (const one of rules) applyRules(patch, one, params, one !== alike)
  const effort = patch.get('reasoning_effort')
  if (typeof effort === 'string')
    patch.set('reasoning_effort', nearestEffort(effort, effortsOf(rules)))
  const onlyStreams = !context.stream && rules.some((one) => one.onlyStreams === true)
  if (onlyStreams) patch.set('stream', true)
  encodeStreamOptions(
    patch,
    params,
    context.stream || onlyStreams,
    alike.requestStreamUsage !== false,
  )
  encodeConversation(patch, rules, params)
  const result = patch.result()
  return patch.dropped.length === 0 ? { patch: result } : { patch: result, drops: patch.dropped }
}

/**
 * What the vendor never carries is reported by its dialect; `isOfModel` rules have to report it
 * themselves.
 */
function applyRules(
  patch: ParamsPatch,
  rules: ChatRules,
  params: ChatCompletionCreateParams,
  isOfModel: boolean,
): void {
  for (const name of rules.drops ?? NONE) {
    if (isOfModel) patch.drop(name)
    else patch.unset(name)
  }
  for (const [ours, theirs] of entriesOf(rules.renames)) {
    const value = patch.get(ours)
    patch.unset(ours)
    if (value !== undefined && value !== null && patch.get(theirs) === undefined)
      patch.set(theirs, value)
  }
  for (const [name, value] of entriesOf(rules.deriveParams?.(params))) patch.set(name, value)
  for (const [name, value] of entriesOf(rules.defaults))
    if (patch.get(name) === undefined) patch.set(name, value)
  for (const [name, largest] of entriesOf(rules.maximums)) {
    const value = patch.get(name)
    if (typeof value === 'number' && value > largest) patch.set(name, largest)
  }
  for (const [name, values] of entriesOf(rules.allows)) {
    const value = patch.get(name)
    if (value !== undefined && value !== null && !values.includes(value)) patch.drop(name)
  }
}

/**
 * Usage is always asked for, because limits are settled by it; whether the client sees it is
 * decided on the way back.
 */
function encodeStreamOptions(
  patch: ParamsPatch,
  params: ChatCompletionCreateParams,
  streamed: boolean,
  requestStreamUsage: boolean,
): void {
  if (!streamed || !requestStreamUsage) return patch.unset('stream_options')
  const asked = params.stream_options
  if (asked?.include_usage !== true) patch.set('stream_options', { ...asked, include_usage: true })
}

function encodeConversation(
  patch: ParamsPatch,
  rules: readonly ChatRules[],
  params: ChatCompletionCreateParams,
): void {
  let { messages } = params
  const isInstructed = rules.some((one) => one.jsonSchema === 'prompt')
  const format = isInstructed ? params.response_format : undefined
  if (format?.type === 'json_schema') {
    patch.set('response_format', { type: 'json_object' })
    messages = [instruction(format.json_schema), ...messages]
  }
  if (Array.isArray(messages)) {
    const encoded = encodeMessages(messages, messageRules(rules))
    messages = encoded.messages
    for (const drop of encoded.drops) patch.lose(drop)
  }
  patch.set('messages', messages)
}

function instruction({
  schema,
  description,
}: {
  schema?: Json
  description?: string
}): ChatCompletionMessageParam {
  const wanted = description === undefined ? '' : ` It is: ${description}`
  return {
    role: 'system',
    content: `Answer with one JSON object and nothing else.${wanted}\nIt must be valid by this JSON Schema:\n${JSON.stringify(schema ?? {})}`,
  }
}

/** Most alikes have no rules of most kinds. */
const NONE: readonly never[] = []

function entriesOf<Value>(
  rules: Readonly<Record<string, Value>> | undefined,
): readonly [string, Value][] {
  return rules === undefined ? NONE : Object.entries(rules)
}
