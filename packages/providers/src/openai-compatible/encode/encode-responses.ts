import type { ChatCompletionCreateParams, ResponseCreateParams } from '@sluice/core/wire'
import { isObject } from '../../vendor-spec/json.ts'
import type { EncodeContext, EncodedRequest } from '../../vendor-spec/provider-spec.ts'
import { chatRules, effortsOf } from './chat-rules.ts'
import { nearestEffort } from './nearest-effort.ts'
import type { Json, OpenAICompatibleSpec } from '../openai-compatible-spec.ts'
import { ParamsPatch } from './params-patch.ts'

/** What a vendor's own Responses API calls the params of chat that it has inside others. */
const INSIDE: ReadonlyMap<string, readonly [holder: string, member: string]> = new Map([
  ['reasoning_effort', ['reasoning', 'effort']],
  ['verbosity', ['text', 'verbosity']],
])

/**
 * A Responses request with what its model refuses left out: the same as in chat, as far as both
 * have it.
 */
export function encodeResponses(
  alike: OpenAICompatibleSpec,
  params: ResponseCreateParams,
  { model }: EncodeContext,
): Pick<EncodedRequest, 'patch' | 'drops'> {
  const patch = new ParamsPatch(params)
  patch.set('model', model)
  const effort = isObject(params.reasoning) ? params.reasoning['effort'] : undefined
  const asChat = {
    ...params,
    model,
    messages: [],
    reasoning_effort: effort,
  } as unknown as ChatCompletionCreateParams
  const [, ...rules] = chatRules(alike, model, asChat)
  for (const { drops = [] } of rules) for (const name of drops) dropFrom(patch, name)
  const asked = memberOf(patch, 'reasoning', 'effort')
  if (typeof asked === 'string')
    setIn(patch, 'reasoning', 'effort', nearestEffort(asked, effortsOf(rules)))
  const result = patch.result()
  return patch.dropped.length === 0 ? { patch: result } : { patch: result, drops: patch.dropped }
}

function dropFrom(patch: ParamsPatch, name: string): void {
  const inside = INSIDE.get(name)
  if (inside === undefined) return patch.drop(name)
  const [holder, member] = inside
  const value = memberOf(patch, holder, member)
  if (value === undefined || value === null) return
  setIn(patch, holder, member, undefined)
  patch.lose(`${holder}.${member}`)
}

function memberOf(patch: ParamsPatch, holder: string, member: string): unknown {
  const held = patch.get(holder)
  return isObject(held) ? held[member] : undefined
}

function setIn(patch: ParamsPatch, holder: string, member: string, value: unknown): void {
  const { [member]: before, ...rest } = patch.get(holder) as Json
  if (value === before) return
  const held = value === undefined ? rest : { ...rest, [member]: value }
  patch.set(holder, Object.keys(held).length === 0 ? undefined : held)
}
