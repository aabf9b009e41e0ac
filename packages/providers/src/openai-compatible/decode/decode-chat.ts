import type { ApiError } from '@sluice/core'
import type { CompletionUsage, FinishReason } from '@sluice/core/wire'
import type { ChatDelta } from '@sluice/sse-stream/internal'
import { gaveUp } from '../../response/errors/gave-up.ts'
import { upstreamError } from '../../response/errors/upstream-error.ts'
import { readVendorError } from '../../response/errors/vendor-error.ts'
import { readFinish } from '../../vendor-spec/finish-words.ts'
import { isObject } from '../../vendor-spec/json.ts'
import type { Json, OpenAICompatibleSpec } from '../openai-compatible-spec.ts'
import { isSilent, vendorDelta } from './vendor-delta.ts'

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

type OwnReasons = ReadonlyMap<string, FinishReason>

/** Makes the reader of one alike's answers. It holds no state. */
export function chatReader(alike: OpenAICompatibleSpec): ChatReader {
  const own: OwnReasons = new Map(Object.entries(alike.finishReasons ?? {}))
  const rearrange = alike.normalizeResponse ?? ((json) => json)
  const statuses = new Map(Object.entries(alike.errorStatuses ?? {}))
  return {
    chunk(json, eventName) {
      if (!isObject(json)) return []
      const failed =
        isObject(json['error']) || typeof json['error'] === 'string' || eventName === 'error'
      if ((failed || !Array.isArray(json['choices'])) && readVendorError(json) !== undefined) {
        return [
          {
            error: upstreamError(200, {}, json, { secrets: [], exposeAuthErrors: false, statuses }),
          },
        ]
      }
      return decodeChunk(rearrange(json), own)
    },
    completion: (json) => (isObject(json) ? decodeChunk(withIndexes(rearrange(json)), own) : []),
  }
}

function decodeChunk(json: Json, own: OwnReasons): readonly ChatDelta[] {
  const { id, object: _object, created, model, usage, ...chunkFields } = json
  const { choices } = json
  const seconds = secondsOf(created)
  const envelope = {
    ...(typeof id === 'string' ? { id } : {}),
    ...(seconds === undefined ? {} : { created: seconds }),
    ...(typeof model === 'string' ? { model } : {}),
  }
  const deltas: ChatDelta[] = []
  for (const choice of Array.isArray(choices) ? (choices as unknown[]) : []) {
    if (isObject(choice)) deltas.push({ ...envelope, ...choiceDelta(choice, own), chunkFields })
  }
  if (isObject(usage)) deltas.push({ ...envelope, usage: usage as unknown as CompletionUsage })
  return deltas
}

function choiceDelta(choice: Json, own: OwnReasons): ChatDelta {
  const { index, delta, finish_reason: reason, logprobs, message, ...rest } = choice
  // Some vendors put the whole message beside the last delta, or in its place.
  const isWhole = isObject(message) && (!isObject(delta) || isSilent(delta))
  const said = vendorDelta(isWhole ? message : isObject(delta) ? delta : textOnly(rest))
  const ended = readFinish(reason, own)
  const common = { index: indexOf(index), delta: said, ...(isWhole ? { isWhole } : {}) }
  if (ended?.meaning === 'failed') return { ...common, error: failure(ended.word, choice) }
  const native =
    ended === undefined || REASONS.has(ended.word) ? {} : { native_finish_reason: ended.word }
  const choiceFields = { ...native, ...rest }
  return {
    ...common,
    ...(ended === undefined ? {} : { finishReason: ended.meaning }),
    ...(logprobs === undefined
      ? {}
      : { logprobs: isObject(logprobs) ? { content: null, refusal: null, ...logprobs } : null }),
    ...(Object.keys(choiceFields).length > 0 ? { choiceFields } : {}),
  }
}

/** Some servers answer a chat as they would a completion, with the text in the choice itself. */
function textOnly({ text }: Json): Json {
  return typeof text === 'string' ? { content: text } : {}
}

/** The failure that a vendor tells as a finish reason, sometimes with an error beside it. */
function failure(word: string, { error }: Json): ApiError {
  if (isObject(error))
    return upstreamError(200, {}, { error }, { secrets: [], exposeAuthErrors: false })
  return gaveUp(word)
}

function indexOf(index: unknown): number {
  const number = typeof index === 'string' && index !== '' ? Number(index) : index
  return isPlace(number) ? number : 0
}

/** A time in whole seconds; some vendors give fractions of them. */
function secondsOf(created: unknown): number | undefined {
  if (typeof created !== 'number' || !(created >= 0 && created <= Number.MAX_SAFE_INTEGER))
    return undefined
  return Math.floor(created)
}

function isPlace(index: unknown): index is number {
  return Number.isSafeInteger(index) && (index as number) >= 0
}

/**
 * Choices and calls of a whole answer, told apart by their place where the vendor does not number
 * them.
 */
function withIndexes(completion: Json): Json {
  if (!Array.isArray(completion['choices'])) return completion
  const given = (completion['choices'] as unknown[]).filter(isObject)
  // Where a number is missing, said twice or no place, none counts.
  const places = new Set(given.map(({ index }) => index).filter(isPlace))
  const isNumbered = places.size === given.length
  const choices = given.map((choice, at) => {
    const { message } = choice
    const index = isNumbered ? choice['index'] : at
    const calls = isObject(message) ? message['tool_calls'] : undefined
    if (!isObject(message) || !Array.isArray(calls)) return { ...choice, index }
    const numbered = calls.map((call: unknown, place) =>
      isObject(call) ? { ...call, index: place } : call,
    )
    return { ...choice, index, message: { ...message, tool_calls: numbered } }
  })
  return { ...completion, choices }
}
