import type {
  ChatCompletionChunkChoice,
  ChatCompletionDelta,
  FinishReason,
  ToolCallDelta,
} from '@sluice/core/wire'
import { wordTable } from '@sluice/core/internal'
import { partsOf } from '../batch/content-text.ts'

type Json = Readonly<Record<string, unknown>>

/** Gemini's reasons that are not the end of what the model wanted to say; others are. */
const REASONS = wordTable<FinishReason>({
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
})

/** Reads the responses of Gemini's form as the choices of a chat, for those who only look. */
export class ContentReader {
  /** How many calls each candidate has made. */
  readonly #calls = new Map<number, number>()

  /** Returns what the candidates of one response, or of one event, have gained. */
  choices(response: unknown): ChatCompletionChunkChoice[] {
    const { candidates, promptFeedback } = response as Json
    const given = Array.isArray(candidates) ? (candidates as (Json | null)[]) : []
    const choices = given.flatMap((candidate) =>
      candidate === null ? [] : [this.#choice(candidate)],
    )
    const blocked = (promptFeedback as Json | null | undefined)?.['blockReason']
    if (choices.length > 0 || typeof blocked !== 'string') return choices
    return [{ index: 0, delta: {}, finish_reason: 'content_filter' }]
  }

  #choice(candidate: Json): ChatCompletionChunkChoice {
    const { index: place, finishReason: reason } = candidate
    const index = typeof place === 'number' ? place : 0
    const calls: ToolCallDelta[] = []
    let content = ''
    let reasoning = ''
    for (const part of partsOf(candidate)) {
      const { text, thought, functionCall } = part
      if (typeof text === 'string' && thought === true) reasoning += text
      else if (typeof text === 'string') content += text
      if (typeof functionCall === 'object' && functionCall !== null)
        calls.push(this.#call(index, functionCall as Json))
    }
    const delta: ChatCompletionDelta = {
      ...(content === '' ? {} : { content }),
      ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    }
    const isEnd = typeof reason === 'string' && reason !== ''
    return { index, delta, finish_reason: isEnd ? this.#reason(reason, index) : null }
  }

  #call(candidate: number, { id, name, args }: Json): ToolCallDelta {
    const index = this.#calls.get(candidate) ?? 0
    this.#calls.set(candidate, index + 1)
    return {
      index,
      id: typeof id === 'string' ? id : `call_${index}`,
      type: 'function',
      function: {
        name: typeof name === 'string' ? name : '',
        arguments: JSON.stringify(args ?? {}),
      },
    }
  }

  #reason(reason: string, index: number): FinishReason {
    return REASONS.get(reason) ?? (this.#calls.has(index) ? 'tool_calls' : 'stop')
  }
}
