import type { Annotation } from '@sluice/core/wire'
import type { ChatDelta, VendorDelta, VendorToolCallDelta } from '@sluice/sse-stream/internal'
import { gaveUp } from '../../../response/errors/gave-up.ts'
import { readFinish, type VendorFinish } from '../../../vendor-spec/finish-words.ts'
import { formatDataUrl } from '../../../vendor-spec/data-url.ts'
import { isObject, type Json } from '../json.ts'
import { signatureFields, type ThoughtSignatures } from '../thought-signatures.ts'
import type { ToolNames } from '../tool-names.ts'
import { decodeLogprobs } from './decode-logprobs.ts'
import { decodeSources } from './decode-sources.ts'
import { FINISH_REASONS, nativeReason } from './finish-reasons.ts'
import { PartialArguments } from './partial-arguments.ts'

/** What a candidate is read with. */
export interface CandidateDecoderOptions {
  readonly names: ToolNames
  readonly signatures: ThoughtSignatures
  readonly keepText: boolean
  /** Numbers the calls of all candidates of an answer. */
  nextCall(): number
}

interface OpenCall {
  readonly name: string
  readonly id: string | undefined
  readonly signature: string | undefined
  readonly arguments: PartialArguments
}

/** Reads one candidate through all events of an answer. */
export class CandidateDecoder {
  readonly #options: CandidateDecoderOptions
  #text: string | undefined
  /** Where sources are told before the candidate ends, the last of them count. */
  #sources: Json = {}
  /** Those that were told beside an end which may have been none. */
  #toldSources: Set<string> | undefined
  #open: OpenCall | undefined
  #calls = 0

  constructor(options: CandidateDecoderOptions) {
    this.#options = options
    this.#text = options.keepText ? '' : undefined
  }

  /** What the candidate gained, a delta for each part; why it ended stands in the last. */
  decode(candidate: Json, responseId: string | undefined): ChatDelta[] {
    const content = isObject(candidate['content']) ? candidate['content'] : {}
    const parts = Array.isArray(content['parts']) ? content['parts'].filter(isObject) : []
    const deltas: ChatDelta[] = []
    for (const part of parts)
      for (const delta of this.#part(part, responseId)) deltas.push({ delta })
    this.#keepSources(candidate)
    const { logprobsResult: logprobs, finishReason: reason } = candidate
    const finish = readFinish(reason, FINISH_REASONS)
    const isEnd = finish !== undefined
    if (isEnd && this.#open !== undefined) deltas.push({ delta: this.#close(responseId) })
    if (!isEnd && !isObject(logprobs)) return deltas
    const last = deltas.pop()
    const sources = isEnd ? this.#newSources() : []
    return [
      ...deltas,
      {
        ...last,
        delta: { ...last?.delta, ...(sources.length > 0 ? { annotations: sources } : {}) },
        ...(isObject(logprobs) ? { logprobs: decodeLogprobs(logprobs) } : {}),
        ...(isEnd ? this.#end(finish) : {}),
      },
    ]
  }

  #part(part: Json, responseId: string | undefined): VendorDelta[] {
    const signature =
      typeof part['thoughtSignature'] === 'string' ? part['thoughtSignature'] : undefined
    const { text, functionCall: call, inlineData: blob } = part
    if (isObject(call)) return this.#call(call, signature, responseId)
    if (isObject(blob)) return [{ ...media(blob, responseId), ...signed(signature) }]
    if (typeof text !== 'string') return signature === undefined ? [] : [signed(signature)]
    if (part['thought'] === true) return [{ reasoning_content: text }]
    if (this.#text !== undefined) this.#text += text
    return [{ ...(text === '' ? {} : { content: text }), ...signed(signature) }]
  }

  #call(call: Json, signature: string | undefined, responseId: string | undefined): VendorDelta[] {
    const given: VendorDelta[] = []
    const { name, id, args, partialArgs, willContinue } = call
    if (typeof name === 'string' && name !== '') {
      if (this.#open !== undefined) given.push(this.#close(responseId))
      this.#open = {
        name,
        id: typeof id === 'string' && id !== '' ? id : undefined,
        signature,
        arguments: new PartialArguments(args),
      }
    }
    this.#open?.arguments.add(partialArgs)
    if (this.#open !== undefined && willContinue !== true) given.push(this.#close(responseId))
    return given
  }

  /** The open call, whole. */
  #close(responseId: string | undefined): VendorDelta {
    const { name, id: givenId, signature, arguments: input } = this.#open!
    this.#open = undefined
    const id = givenId ?? callId(responseId ?? signature, this.#options.nextCall())
    if (id !== undefined && signature !== undefined)
      this.#options.signatures.remember(id, signature)
    const whole: VendorToolCallDelta = {
      index: this.#calls++,
      id,
      isWhole: true,
      function: {
        name: this.#options.names.toClient(name),
        arguments: JSON.stringify(input.value),
      },
      ...signed(signature),
    }
    return { tool_calls: [whole] }
  }

  #keepSources({ groundingMetadata: grounding, citationMetadata: citations }: Json): void {
    if (isObject(grounding)) this.#sources = { ...this.#sources, groundingMetadata: grounding }
    if (isObject(citations)) this.#sources = { ...this.#sources, citationMetadata: citations }
  }

  #newSources(): Annotation[] {
    const sources = decodeSources(this.#sources, this.#text)
    if (sources.length === 0) return sources
    const told = this.#toldSources
    this.#toldSources = new Set(sources.map((source) => JSON.stringify(source)))
    return told === undefined
      ? sources
      : sources.filter((source) => !told.has(JSON.stringify(source)))
  }

  #end({
    meaning,
    word,
  }: VendorFinish): Pick<ChatDelta, 'finishReason' | 'choiceFields' | 'error'> {
    if (meaning === 'failed') return { error: gaveUp(word) }
    const { groundingMetadata: grounding } = this.#sources
    // Google asks those who show grounded answers to show the search suggestions that are in here,
    // too.
    const fields = {
      ...nativeReason(word),
      ...(grounding === undefined ? {} : { grounding_metadata: grounding }),
    }
    return {
      finishReason: meaning,
      ...(Object.keys(fields).length > 0 ? { choiceFields: fields } : {}),
    }
  }
}

/**
 * An id for a call that came without one. The seed is Gemini's own and cannot be guessed, because a
 * signature can be had by the id.
 */
function callId(seed: string | undefined, number: number): string | undefined {
  return seed === undefined
    ? undefined
    : `call_${seed.replace(/[^A-Za-z0-9_-]/g, '').slice(-32)}_${number}`
}

function signed(signature: string | undefined): Json {
  return signature === undefined ? {} : signatureFields(signature)
}

/**
 * Pictures as many gateways show them, sound in OpenAI's own form: raw 24 kHz PCM is its `pcm16`.
 * It is kept nowhere, so it has expired.
 */
function media({ mimeType, data }: Json, responseId: string | undefined): VendorDelta {
  if (typeof mimeType !== 'string' || typeof data !== 'string') return {}
  if (mimeType.startsWith('audio/')) {
    return { audio: { id: responseId ?? 'audio', data, expires_at: 0, transcript: '' } }
  }
  if (!mimeType.startsWith('image/')) return {}
  return {
    images: [
      {
        type: 'image_url',
        image_url: { url: formatDataUrl({ mediaType: mimeType, base64: data }) },
      },
    ],
  }
}
