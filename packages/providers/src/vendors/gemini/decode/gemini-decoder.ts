import {
  mergeCounts,
  type ChatDecoder,
  type ChatDelta,
  type CopiedString,
} from '@sluice/sse-stream/internal'
import { upstreamError } from '../../../response/errors/upstream-error.ts'
import { readVendorError } from '../../../response/errors/vendor-error.ts'
import { isObject, type Json } from '../json.ts'
import type { ThoughtSignatures } from '../thought-signatures.ts'
import type { ToolNames } from '../tool-names.ts'
import { CandidateDecoder } from './candidate-decoder.ts'
import { fromContentUsage } from '../../../emulation/generate-content/content-usage.ts'
import { nativeReason } from './finish-reasons.ts'

/** What an answer is read with. */
export interface GeminiDecoderOptions {
  readonly names: ToolNames
  readonly signatures: ThoughtSignatures
  /** Keep the text, so that sources can be placed in it. Every event is then parsed. */
  readonly keepText: boolean
}

const TEXT = ['candidates', 0, 'content', 'parts', 0, 'text']
const RUNNING_TEXT: readonly (readonly CopiedString[])[] = [
  [{ from: TEXT, to: ['choices', 0, 'delta', 'content'] }],
  [{ from: TEXT, to: ['choices', 0, 'delta', 'reasoning_content'] }],
]

/**
 * Reads Gemini's answers: the events of a stream, which are whole responses each with what is new,
 * one response, or the list of them that comes without `alt=sse`. There is no last event; the
 * finish reasons end the answer.
 */
export class GeminiDecoder implements ChatDecoder {
  readonly #options: GeminiDecoderOptions
  readonly #candidates = new Map<number, CandidateDecoder>()
  #usage: Json = {}
  #counted: unknown
  #isSteady = true
  #calls = 0

  constructor(options: GeminiDecoderOptions) {
    this.#options = options
  }

  /** None while each event counts other tokens than the last: its shape would never come again. */
  get verbatim(): readonly (readonly CopiedString[])[] {
    return this.#isSteady && !this.#options.keepText ? RUNNING_TEXT : []
  }

  decode(json: unknown): readonly ChatDelta[] {
    if (Array.isArray(json)) return json.flatMap((response) => this.decode(response))
    if (!isObject(json)) return []
    if (readVendorError(json) !== undefined) {
      return [{ error: upstreamError(200, {}, json, { secrets: [], exposeAuthErrors: false }) }]
    }
    const responseId = typeof json['responseId'] === 'string' ? json['responseId'] : undefined
    const deltas = this.#choices(json, responseId)
    const usage = this.#readUsage(json['usageMetadata'])
    const last = deltas.pop() ?? {}
    const envelope = {
      ...(responseId === undefined ? {} : { id: responseId }),
      ...(typeof json['modelVersion'] === 'string' ? { model: json['modelVersion'] } : {}),
    }
    return [...deltas, { ...last, ...(usage === undefined ? {} : { usage }) }].map((delta) => ({
      ...envelope,
      ...delta,
    }))
  }

  #choices(response: Json, responseId: string | undefined): ChatDelta[] {
    const candidates = Array.isArray(response['candidates'])
      ? response['candidates'].filter(isObject)
      : []
    const deltas: ChatDelta[] = []
    for (const [at, candidate] of candidates.entries()) {
      const index = placeOf(candidate['index']) ?? at
      for (const delta of this.#candidate(index).decode(candidate, responseId))
        deltas.push({ index, ...delta })
    }
    const { promptFeedback: feedback } = response
    if (
      candidates.length === 0 &&
      isObject(feedback) &&
      typeof feedback['blockReason'] === 'string'
    ) {
      deltas.push({
        delta: { content: '' },
        finishReason: 'content_filter',
        choiceFields: nativeReason(feedback['blockReason']),
      })
    }
    return deltas
  }

  #candidate(index: number): CandidateDecoder {
    let decoder = this.#candidates.get(index)
    if (decoder === undefined) {
      const { names, signatures, keepText } = this.#options
      decoder = new CandidateDecoder({ names, signatures, keepText, nextCall: () => this.#calls++ })
      this.#candidates.set(index, decoder)
    }
    return decoder
  }

  /** Each event counts anew all that it counts; what only an earlier one counted stays. */
  #readUsage(metadata: unknown): ChatDelta['usage'] {
    const counted = isObject(metadata) ? metadata['totalTokenCount'] : undefined
    this.#isSteady = counted === this.#counted
    this.#counted = counted
    if (!isObject(metadata)) return undefined
    this.#usage = mergeCounts(this.#usage, metadata)
    return fromContentUsage(this.#usage)
  }
}

function placeOf(index: unknown): number | undefined {
  const number = typeof index === 'string' && /^\d{1,15}$/.test(index) ? Number(index) : index
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined
}
