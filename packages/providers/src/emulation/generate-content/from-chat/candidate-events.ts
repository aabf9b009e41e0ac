import type {
  Annotation,
  Candidate,
  ChatCompletionChunkChoice,
  ContentPart,
  TokenLogprob,
  ToolCallDelta,
} from '@sluice/core/wire'
import { parseDataUrl } from '../../../vendor-spec/data-url.ts'
import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { toMarkedSignature } from '../call-signature.ts'
import { toFinishReason } from './finish-reasons.ts'

interface GrowingCall {
  id: string | undefined
  name: string
  arguments: string
  signature: string | undefined
}

/** Turns what one choice of a chat gains into the parts of a candidate. Calls come whole, last. */
export class CandidateEvents {
  readonly #index: number
  readonly #includesReasoning: boolean
  readonly #calls = new Map<number, GrowingCall>()
  readonly #annotations: Annotation[] = []
  readonly #logprobs: TokenLogprob[] = []
  #finish: string | undefined
  #native: unknown
  #grounding: unknown
  #hasSpoken = false

  constructor(index: number, includesReasoning: boolean) {
    this.#index = index
    this.#includesReasoning = includesReasoning
  }

  /** Whether nothing was said, because a filter stood before it. */
  get isBlocked(): boolean {
    return this.#finish === 'content_filter' && !this.#hasSpoken && this.#calls.size === 0
  }

  /** Returns why the prompt was blocked. */
  get blockReason(): string {
    return toFinishReason(this.#finish, this.#native)
  }

  /** Takes in what the choice has gained; `undefined` where no part of it can leave yet. */
  add(choice: ChatCompletionChunkChoice): Candidate | undefined {
    const { delta, finish_reason: finish, logprobs } = choice
    const parts = this.#parts(delta)
    for (const call of delta.tool_calls ?? []) this.#grow(call)
    for (const annotation of delta.annotations ?? []) this.#annotations.push(annotation)
    for (const token of logprobs?.content ?? []) this.#logprobs.push(token)
    if (finish !== null && finish !== undefined) this.#finish = finish
    this.#native = choice['native_finish_reason'] ?? this.#native
    this.#grounding = choice['grounding_metadata'] ?? this.#grounding
    if (parts.length === 0) return undefined
    this.#hasSpoken = true
    return { content: { parts, role: 'model' }, index: this.#index }
  }

  /** Returns the last of the candidate: its calls, and why it ended. */
  end(): Candidate {
    const calls = [...this.#calls.values()]
    const parts = calls.flatMap((call): ContentPart[] => {
      const part = callPart(call)
      return part === undefined ? [] : [part]
    })
    const isBroken = parts.length < calls.length && this.#finish !== 'length'
    return {
      content: { parts: parts.length === 0 ? [{ text: '' }] : parts, role: 'model' },
      finishReason: isBroken
        ? 'MALFORMED_FUNCTION_CALL'
        : toFinishReason(this.#finish, this.#native),
      index: this.#index,
      ...this.#sources(),
      ...this.#spelled(),
    }
  }

  #parts(delta: ChatCompletionChunkChoice['delta']): ContentPart[] {
    const parts: ContentPart[] = []
    const { reasoning_content: reasoning, content, refusal } = delta
    if (this.#includesReasoning && typeof reasoning === 'string' && reasoning !== '')
      parts.push({ text: reasoning, thought: true })
    for (const text of [content, refusal])
      if (typeof text === 'string' && text !== '') parts.push({ text })
    const { images, audio } = delta
    for (const image of Array.isArray(images) ? images.filter(isObject) : []) {
      const part = picture(image)
      if (part !== undefined) parts.push(part)
    }
    if (isObject(audio) && typeof audio['data'] === 'string' && audio['data'] !== '')
      parts.push({
        inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: audio['data'] },
      })
    return parts
  }

  #grow(delta: ToolCallDelta): void {
    const { index, id, function: named } = delta
    let call = this.#calls.get(index)
    if (call === undefined) {
      call = { id: undefined, name: '', arguments: '', signature: undefined }
      this.#calls.set(index, call)
    }
    call.id ??= id
    call.name += named?.name ?? ''
    call.arguments += named?.arguments ?? ''
    call.signature ??= toMarkedSignature(delta)
  }

  #sources(): Json {
    if (isObject(this.#grounding)) return { groundingMetadata: this.#grounding }
    const cited = this.#annotations.flatMap(({ url_citation: cite }) =>
      isObject(cite) ? [cite] : [],
    )
    if (cited.length === 0) return {}
    const groundingChunks = cited.map(({ url, title }) => ({ web: { uri: url, title } }))
    return { groundingMetadata: { groundingChunks } }
  }

  #spelled(): Json {
    if (this.#logprobs.length === 0) return {}
    const candidate = ({ token, logprob }: Pick<TokenLogprob, 'token' | 'logprob'>) => ({
      token,
      logProbability: logprob,
    })
    return {
      logprobsResult: {
        chosenCandidates: this.#logprobs.map(candidate),
        topCandidates: this.#logprobs.map(({ top_logprobs: rivals }) => ({
          candidates: (rivals ?? []).map(candidate),
        })),
      },
    }
  }
}

/** A call that is there as a whole; `undefined` where its arguments are no JSON. */
function callPart(call: GrowingCall): ContentPart | undefined {
  const { id, name, signature } = call
  let args: unknown = {}
  if (call.arguments.trim() !== '') {
    try {
      args = JSON.parse(call.arguments)
    } catch {
      return undefined
    }
  }
  const functionCall = {
    ...(id === undefined ? {} : { id }),
    name,
    args: isObject(args) ? args : { arguments: args },
  }
  return { functionCall, ...(signature === undefined ? {} : { thoughtSignature: signature }) }
}

function picture({ image_url: holder }: Json): ContentPart | undefined {
  const url = isObject(holder) ? holder['url'] : undefined
  if (typeof url !== 'string') return undefined
  const parsed = parseDataUrl(url)
  if (parsed === undefined) return { fileData: { fileUri: url } }
  return { inlineData: { mimeType: parsed.mediaType, data: parsed.base64 } }
}
