import type {
  Candidate,
  ChatCompletionChunk,
  CompletionUsage,
  GenerateContentResponse,
} from '@sluice/core/wire'
import { CandidateEvents } from './candidate-events.ts'
import { toContentUsage } from '../content-usage.ts'

/** What the events of a response over chat are made with. */
export interface ContentEventsOptions {
  /** Stands in where chat names none. */
  readonly responseId: string
  readonly model: string
  /** Whether what the model thinks is shown. */
  readonly includesReasoning: boolean
}

/**
 * Turns the chunks of a chat into responses of Gemini's form, each whole and with what is new. The
 * last says why each candidate ended and what it all cost.
 */
export class ContentEvents {
  readonly #options: ContentEventsOptions
  readonly #candidates = new Map<number, CandidateEvents>()
  #responseId: string
  #model: string

  constructor(options: ContentEventsOptions) {
    this.#options = options
    this.#responseId = options.responseId
    this.#model = options.model
  }

  /** Returns the response of one more chunk; `undefined` where nothing of it can leave yet. */
  add(chunk: ChatCompletionChunk): GenerateContentResponse | undefined {
    if (chunk.model !== '') this.#model = chunk.model
    if (chunk.id !== '') this.#responseId = chunk.id
    const candidates: Candidate[] = []
    for (const choice of chunk.choices) {
      let events = this.#candidates.get(choice.index)
      if (events === undefined) {
        events = new CandidateEvents(choice.index, this.#options.includesReasoning)
        this.#candidates.set(choice.index, events)
      }
      const candidate = events.add(choice)
      if (candidate !== undefined) candidates.push(candidate)
    }
    return candidates.length === 0 ? undefined : { candidates, ...this.#about() }
  }

  /** Returns the last response. */
  end(usage: CompletionUsage | undefined): GenerateContentResponse {
    const all = [...this.#candidates].sort(([a], [b]) => a - b).map(([, events]) => events)
    const cost = usage === undefined ? {} : { usageMetadata: toContentUsage(usage) }
    const [first] = all
    if (first !== undefined && all.every(({ isBlocked }) => isBlocked))
      return { ...this.blocked(first.blockReason), ...cost }
    return { candidates: all.map((events) => events.end()), ...cost, ...this.#about() }
  }

  /** Returns the response to a prompt that was refused. */
  blocked(blockReason: string): GenerateContentResponse {
    return { promptFeedback: { blockReason }, ...this.#about() }
  }

  #about(): GenerateContentResponse {
    return { modelVersion: this.#model, responseId: this.#responseId }
  }
}
