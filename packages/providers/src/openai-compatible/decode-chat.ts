import { ApiError, wordTable, type CompletionUsage, type FinishReason } from '@sluice/core'
import type { ChatDelta, VendorDelta } from '@sluice/sse-stream'
import { upstreamError } from '../answer/upstream-error.ts'
import { readVendorError } from '../answer/vendor-error.ts'
import { isObject } from '../is-object.ts'
import type { Json, OpenAICompatibleSpec } from './openai-compatible-spec.ts'

/** Reads an OpenAI-alike's chunks and answers. */
export interface ChatReader {
  chunk(json: unknown, eventName: string | undefined): readonly ChatDelta[]
  completion(json: unknown): readonly ChatDelta[]
}

const REASONS: ReadonlySet<string> = new Set<FinishReason>([
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'function_call',
])

/** What is not listed ends as `stop`; the vendor's own word stays beside it as `native_finish_reason`. */
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

/** Makes the reader of one alike's answers. It holds no state. */
export function chatReader(alike: OpenAICompatibleSpec): ChatReader {
  const finishReasons = wordTable({ ...FINISH_REASONS, ...alike.finishReasons })
  const rearrange = alike.rearrange ?? ((json) => json)
  const statuses = new Map(Object.entries(alike.errorStatuses ?? {}))
  return {
    chunk(json, eventName) {
      if (!isObject(json)) return []
      const failed = isObject(json['error']) || typeof json['error'] === 'string' || eventName === 'error'
      if ((failed || !Array.isArray(json['choices'])) && readVendorError(json) !== undefined) {
        return [{ error: upstreamError(200, {}, json, { secrets: [], exposeAuthErrors: false, statuses }) }]
      }
      return decodeChunk(rearrange(json), finishReasons)
    },
    completion: (json) => (isObject(json) ? decodeChunk(withIndexes(rearrange(json)), finishReasons) : []),
  }
}

function decodeChunk(json: Json, finishReasons: ReadonlyMap<string, FinishReason>): readonly ChatDelta[] {
  const { id, object: _object, created, model, usage, ...chunkFields } = json
  const { choices } = json
  const envelope = {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof created === 'number' ? { created } : {}),
    ...(typeof model === 'string' ? { model } : {}),
  }
  const deltas: ChatDelta[] = []
  for (const choice of Array.isArray(choices) ? (choices as unknown[]) : []) {
    if (isObject(choice)) deltas.push({ ...envelope, ...choiceDelta(choice, finishReasons), chunkFields })
  }
  if (isObject(usage)) deltas.push({ ...envelope, usage: usage as unknown as CompletionUsage })
  return deltas
}

function choiceDelta(choice: Json, finishReasons: ReadonlyMap<string, FinishReason>): ChatDelta {
  const { index, delta, finish_reason: reason, logprobs, message, ...rest } = choice
  const said = isObject(delta) ? delta : isObject(message) ? message : {}
  if (reason === 'error') {
    return {
      delta: vendorDelta(said),
      error: new ApiError('upstream_error', { message: 'The upstream gave its answer up.' }),
    }
  }
  const ended = typeof reason === 'string' && reason !== '' ? reason : undefined
  const choiceFields = ended === undefined || REASONS.has(ended) ? rest : { native_finish_reason: ended, ...rest }
  return {
    index: typeof index === 'number' ? index : 0,
    delta: vendorDelta(said),
    ...(ended === undefined ? {} : { finishReason: finishReasons.get(ended) ?? 'stop' }),
    ...(logprobs === undefined
      ? {}
      : { logprobs: isObject(logprobs) ? { content: null, refusal: null, ...logprobs } : null }),
    ...(Object.keys(choiceFields).length > 0 ? { choiceFields } : {}),
  }
}

/** Some call the thoughts `reasoning`; content may come in parts; an empty list of calls means none. */
function vendorDelta(said: Json): VendorDelta {
  const { reasoning, tool_calls: calls, content, ...rest } = said
  const text = Array.isArray(content) ? content.map(partText).join('') : content
  return {
    ...(content === undefined ? {} : { content: text as string | null }),
    ...rest,
    ...(typeof reasoning === 'string' && rest['reasoning_content'] === undefined
      ? { reasoning_content: reasoning }
      : {}),
    ...(Array.isArray(calls) && calls.length > 0
      ? { tool_calls: calls as NonNullable<VendorDelta['tool_calls']> }
      : {}),
  }
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part
  return isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''
}

/** Choices and calls of a whole answer, told apart by their place where the vendor does not number them. */
function withIndexes(completion: Json): Json {
  if (!Array.isArray(completion['choices'])) return completion
  const choices = (completion['choices'] as unknown[]).filter(isObject).map((choice, index) => {
    const { message } = choice
    const calls = isObject(message) ? message['tool_calls'] : undefined
    if (!isObject(message) || !Array.isArray(calls)) return { index, ...choice }
    const numbered = calls.map((call: unknown, at) => (isObject(call) ? { ...call, index: at } : call))
    return { index, ...choice, message: { ...message, tool_calls: numbered } }
  })
  return { ...completion, choices }
}
