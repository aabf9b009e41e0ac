import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from '@sluice/core'
import type { EncodeContext, EncodedRequest } from '../provider-spec.ts'
import { encodeMessages } from './encode-messages.ts'
import type { Json, OpenAICompatibleSpec } from './openai-compatible-spec.ts'

/** A chat request in an OpenAI-alike's terms: what to change in the client's own body. */
export function encodeChat(
  alike: OpenAICompatibleSpec,
  params: ChatCompletionCreateParams,
  context: EncodeContext,
): Pick<EncodedRequest, 'patch' | 'drops'> {
  const patch = new Patch(params)
  patch.set('model', context.model)
  for (const name of alike.drops ?? NONE) patch.unset(name)
  for (const [ours, theirs] of entriesOf(alike.renames)) {
    const value = patch.get(ours)
    patch.unset(ours)
    if (value !== undefined && value !== null && patch.get(theirs) === undefined) patch.set(theirs, value)
  }
  for (const [name, value] of entriesOf(alike.derives?.(params))) patch.set(name, value)
  for (const [name, value] of entriesOf(alike.defaults)) if (patch.get(name) === undefined) patch.set(name, value)
  for (const [name, largest] of entriesOf(alike.maximums)) {
    const value = patch.get(name)
    if (typeof value === 'number' && value > largest) patch.set(name, largest)
  }
  encodeStreamOptions(patch, params, context.stream, alike.asksForUsage !== false)
  const drops = encodeConversation(patch, alike, params)
  const result = patch.result()
  return drops.length === 0 ? { patch: result } : { patch: result, drops }
}

/** Usage is always asked for, because limits are settled by it; whether the client sees it is decided on the way back. */
function encodeStreamOptions(
  patch: Patch,
  params: ChatCompletionCreateParams,
  streamed: boolean,
  asksForUsage: boolean,
): void {
  if (!streamed || !asksForUsage) return patch.unset('stream_options')
  const asked = params.stream_options
  if (asked?.include_usage !== true) patch.set('stream_options', { ...asked, include_usage: true })
}

function encodeConversation(
  patch: Patch,
  alike: OpenAICompatibleSpec,
  params: ChatCompletionCreateParams,
): readonly string[] {
  let messages = params.messages
  let drops: readonly string[] = NONE
  if (alike.messages !== undefined && Array.isArray(messages)) {
    const encoded = encodeMessages(messages, alike.messages)
    messages = encoded.messages
    drops = encoded.drops
  }
  const format = alike.jsonSchema === 'instructed' ? params.response_format : undefined
  if (format?.type === 'json_schema') {
    patch.set('response_format', { type: 'json_object' })
    messages = [instruction(format.json_schema), ...messages]
  }
  patch.set('messages', messages)
  return drops
}

function instruction({ schema, description }: { schema?: Json; description?: string }): ChatCompletionMessageParam {
  const wanted = description === undefined ? '' : ` It is: ${description}`
  return {
    role: 'system',
    content: `Answer with one JSON object and nothing else.${wanted}\nIt must be valid by this JSON Schema:\n${JSON.stringify(schema ?? {})}`,
  }
}

/** Most alikes have no rules of most kinds. */
const NONE: readonly never[] = []

function entriesOf<Value>(rules: Readonly<Record<string, Value>> | undefined): readonly [string, Value][] {
  return rules === undefined ? NONE : Object.entries(rules)
}

/** What differs from the client's body, read as if it were done already. */
class Patch {
  readonly #params: Json
  readonly #set: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  #unset: readonly string[] = NONE

  constructor(params: ChatCompletionCreateParams) {
    this.#params = params
  }

  get(name: string): unknown {
    if (this.#unset.includes(name)) return undefined
    return name in this.#set ? this.#set[name] : this.#params[name]
  }

  set(name: string, value: unknown): void {
    if (value === undefined) return this.unset(name)
    if (this.#unset.includes(name)) this.#unset = this.#unset.filter((one) => one !== name)
    if (this.#params[name] !== value) this.#set[name] = value
    else this.#forget(name)
  }

  unset(name: string): void {
    this.#forget(name)
    if (this.#params[name] !== undefined && !this.#unset.includes(name)) this.#unset = [...this.#unset, name]
  }

  /** Taking a member out is dear, even where it is not there. */
  #forget(name: string): void {
    if (name in this.#set) delete this.#set[name]
  }

  result(): { set: Json; unset: readonly string[] } {
    return { set: this.#set, unset: this.#unset }
  }
}
