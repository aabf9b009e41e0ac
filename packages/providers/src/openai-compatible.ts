import type { ChatCompletion, CompletionUsage, FinishReason, Model } from '@sluice/core'
import { normaliseUsage, type ChatDelta, type VendorDelta, type VerbatimString } from '@sluice/sse-stream'
import { readVendorError, upstreamError } from './answer/upstream-error.ts'
import { createProvider, type Provider, type ProviderOptions } from './define-provider.ts'
import { decodeEmbeddings } from './decode-embeddings.ts'
import type { ChatDialect, EncodeContext, EncodedRequest, ProviderSpec } from './provider-spec.ts'

/** What sets one OpenAI-alike apart from another. All of it is data or a pure function. */
export interface OpenAICompatibleSpec {
  readonly id: string
  readonly baseURL: string
  /** @defaultValue `Authorization: Bearer …` */
  readonly auth?: (apiKey: string) => Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Params under another name at this vendor: ours → theirs. */
  readonly renames?: Readonly<Record<string, string>>
  /** Values for params that the client left out. */
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Params that the vendor cannot carry. */
  readonly drops?: readonly string[]
  /** Finish reasons beyond OpenAI's own. */
  readonly finishReasons?: Readonly<Record<string, FinishReason>>
  /** Usage that stands elsewhere than in `usage`. */
  readonly usage?: (chunk: Readonly<Record<string, unknown>>) => unknown
  /** Whether streams are asked for their usage. @defaultValue true */
  readonly asksForUsage?: boolean
  /** Path and query of an operation, where the model stands in it. */
  readonly path?: (operation: string, model: string) => string
  readonly maxChoices?: number
  readonly models?: readonly Model[]
}

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  function_call: 'function_call',
  eos: 'stop',
  end_turn: 'stop',
  max_tokens: 'length',
}

const RUNNING_TEXT: readonly (readonly VerbatimString[])[] = ['content', 'reasoning_content', 'reasoning'].map((field) => {
  const to = field === 'content' ? 'content' : 'reasoning_content'
  return [
    { from: ['choices', 0, 'delta', field], to: ['choices', 0, 'delta', to] },
    // OpenAI pads each event with a random string so that its length says nothing of the text.
    { from: ['obfuscation'], to: ['obfuscation'] },
  ]
})
const RUNNING_ARGUMENTS: readonly VerbatimString[] = [
  {
    from: ['choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'],
    to: ['choices', 0, 'delta', 'tool_calls', 0, 'function', 'arguments'],
  },
  { from: ['obfuscation'], to: ['obfuscation'] },
]

/** A provider for any API that speaks OpenAI's chat completions: give its base URL and key. */
export function openaiCompatible(options: ProviderOptions & { readonly id: string; readonly baseURL: string }): Provider {
  return createProvider(openaiAlike({ id: options.id, baseURL: options.baseURL }), options)
}

/** The full spec of an OpenAI-alike from what sets it apart. */
export function openaiAlike(alike: OpenAICompatibleSpec): ProviderSpec {
  const path = alike.path ?? ((operation) => `/${operation}`)
  return {
    id: alike.id,
    baseURL: alike.baseURL,
    auth: alike.auth ?? ((apiKey) => ({ authorization: `Bearer ${apiKey}` })),
    ...(alike.headers === undefined ? {} : { headers: alike.headers }),
    chat: chatDialect(alike, path),
    embeddings: {
      drops: [],
      encode: (params, context) => ({
        path: path('embeddings', context.model),
        patch: { set: params.model === context.model ? {} : { model: context.model }, unset: [] },
      }),
      decode: decodeEmbeddings,
    },
    ...(alike.models === undefined ? {} : { models: alike.models }),
  }
}

function chatDialect(alike: OpenAICompatibleSpec, path: (operation: string, model: string) => string): ChatDialect {
  const finishReasons = { ...FINISH_REASONS, ...alike.finishReasons }
  const usageOf = (chunk: Readonly<Record<string, unknown>>) => alike.usage?.(chunk) ?? chunk['usage']
  return {
    drops: alike.drops ?? [],
    ...(alike.maxChoices === undefined ? {} : { maxChoices: alike.maxChoices }),
    encode: (params, context) => encodeChat(alike, path, params, context),
    decoder: () => ({
      verbatim: [...RUNNING_TEXT, RUNNING_ARGUMENTS],
      decode: (json, event) => decodeChunk(json, event.event, finishReasons, usageOf),
    }),
    decode: (json) => decodeCompletion(json, finishReasons, usageOf),
    canonical: isCanonical,
  }
}

function encodeChat(
  alike: OpenAICompatibleSpec,
  path: (operation: string, model: string) => string,
  params: Readonly<Record<string, unknown>>,
  context: EncodeContext,
): EncodedRequest {
  const set: Record<string, unknown> = {}
  const unset: string[] = []
  if (params['model'] !== context.model) set['model'] = context.model
  for (const [name, value] of Object.entries(alike.defaults ?? {})) if (params[name] === undefined) set[name] = value
  for (const [ours, theirs] of Object.entries(alike.renames ?? {})) {
    if (params[ours] === undefined) continue
    unset.push(ours)
    if (params[theirs] === undefined) set[theirs] = params[ours]
  }
  for (const name of alike.drops ?? []) if (params[name] !== undefined) unset.push(name)
  // Usage is always asked for, because limits are settled by it; whether the client sees it is decided on the way back.
  if (context.stream && alike.asksForUsage !== false) {
    const asked = params['stream_options'] as { include_usage?: boolean } | null | undefined
    if (asked?.include_usage !== true) set['stream_options'] = { ...asked, include_usage: true }
  } else if (!context.stream && params['stream_options'] !== undefined) unset.push('stream_options')
  return { path: path('chat/completions', context.model), patch: { set, unset } }
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function decodeChunk(
  json: unknown,
  eventName: string | undefined,
  finishReasons: Readonly<Record<string, FinishReason>>,
  usageOf: (chunk: Json) => unknown,
): readonly ChatDelta[] {
  if (!isObject(json)) return []
  if (isObject(json['error']) || typeof json['error'] === 'string' || eventName === 'error' || json['choices'] === undefined) {
    if (readVendorError(json) !== undefined) {
      return [{ error: upstreamError(200, {}, json, { secrets: [], exposeAuthErrors: false }) }]
    }
  }
  const { id, object: _object, created, model, choices, usage: _usage, ...chunkFields } = json
  const envelope = envelopeOf(id, created, model)
  const deltas: ChatDelta[] = []
  for (const choice of Array.isArray(choices) ? (choices as unknown[]) : []) {
    if (isObject(choice)) deltas.push({ ...envelope, ...choiceDelta(choice, finishReasons), chunkFields })
  }
  const usage = usageOf(json)
  if (isObject(usage)) deltas.push({ ...envelope, usage: usage as unknown as CompletionUsage })
  return deltas
}

function envelopeOf(id: unknown, created: unknown, model: unknown): Pick<ChatDelta, 'id' | 'created' | 'model'> {
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof created === 'number' ? { created } : {}),
    ...(typeof model === 'string' ? { model } : {}),
  }
}

function choiceDelta(choice: Json, finishReasons: Readonly<Record<string, FinishReason>>): ChatDelta {
  const { index, delta, finish_reason: reason, logprobs, message, usage: _usage, ...choiceFields } = choice
  const said = isObject(delta) ? delta : isObject(message) ? message : {}
  return {
    index: typeof index === 'number' ? index : 0,
    delta: vendorDelta(said),
    ...(typeof reason === 'string' && reason !== '' ? { finishReason: finishReasons[reason] ?? 'stop' } : {}),
    ...(logprobs === undefined ? {} : { logprobs: logprobs as NonNullable<ChatDelta['logprobs']> }),
    ...(Object.keys(choiceFields).length > 0 ? { choiceFields } : {}),
  }
}

/** OpenRouter, Groq and others call the thoughts `reasoning`; content may come in parts; empty lists of calls mean none. */
function vendorDelta(said: Json): VendorDelta {
  const { reasoning, tool_calls: calls, content, ...rest } = said
  const text = Array.isArray(content) ? content.map(partText).join('') : content
  return {
    ...(content === undefined ? {} : { content: text as string | null }),
    ...rest,
    ...(typeof reasoning === 'string' && rest['reasoning_content'] === undefined ? { reasoning_content: reasoning } : {}),
    ...(Array.isArray(calls) && calls.length > 0 ? { tool_calls: calls as NonNullable<VendorDelta['tool_calls']> } : {}),
  }
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part
  return isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''
}

function decodeCompletion(
  json: unknown,
  finishReasons: Readonly<Record<string, FinishReason>>,
  usageOf: (chunk: Json) => unknown,
): readonly ChatDelta[] {
  if (!isObject(json)) return []
  // iFlow puts the calls beside the choices.
  const { tool_calls: besideChoices, ...completion } = json
  const choices = Array.isArray(completion['choices']) ? (completion['choices'] as unknown[]).filter(isObject) : []
  const moved = choices.map((choice, at) => {
    const message = isObject(choice['message']) ? choice['message'] : {}
    const calls = message['tool_calls'] ?? choice['tool_calls'] ?? (at === 0 ? besideChoices : undefined)
    const { tool_calls: _calls, ...rest } = choice
    return { index: at, ...rest, message: { ...message, ...(Array.isArray(calls) ? { tool_calls: calls.map(indexed) } : {}) } }
  })
  return decodeChunk({ ...completion, choices: moved }, undefined, finishReasons, (chunk) => usageOf({ ...chunk, choices }))
}

const indexed = (call: unknown, index: number): unknown => (isObject(call) ? { ...call, index } : call)

const KNOWN_REASONS: ReadonlySet<unknown> = new Set<FinishReason>(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])

/** Whether a completion holds everything that clients rely on as it stands. */
function isCanonical(json: unknown): boolean {
  const completion = json as Partial<ChatCompletion>
  if (typeof completion.id !== 'string' || completion.id === '' || completion.object !== 'chat.completion') return false
  if (!(Number.isInteger(completion.created) && completion.created! > 0) || typeof completion.model !== 'string') return false
  if (!Array.isArray(completion.choices) || completion.choices.length === 0) return false
  if (completion.usage === undefined || normaliseUsage(completion.usage) !== completion.usage) return false
  return completion.choices.every((choice, index) => {
    const { message } = choice
    if (choice.index !== index || !KNOWN_REASONS.has(choice.finish_reason) || choice.logprobs === undefined) return false
    if (message?.role !== 'assistant' || message['reasoning'] !== undefined || message.refusal === undefined) return false
    if (choice['tool_calls'] !== undefined || choice['usage'] !== undefined) return false
    if (message.tool_calls === undefined) {
      return typeof message.content === 'string' ? choice.finish_reason !== 'tool_calls' : typeof message.refusal === 'string'
    }
    return (
      (message.content === null || typeof message.content === 'string') &&
      Array.isArray(message.tool_calls) &&
      message.tool_calls.length > 0 &&
      message.tool_calls.every(
        (call) => call.type === 'function' && typeof call.id === 'string' && call.id !== '' && call.function.arguments !== '' && call['index'] === undefined,
      )
    )
  })
}

