import type { CompletionUsage } from '@sluice/core/wire'
import { EventBatch } from '@sluice/sse-stream/internal'
import type { StreamRules } from '../../response/event-stream-reader.ts'
import { isObject, type Json } from '../../vendor-spec/json.ts'
import { fromContentUsage } from './content-usage.ts'

/**
 * Reads the stream of an upstream that speaks Gemini's own API: its events go on as they are. There
 * is no last event; once each candidate has said why it ended, the end of the body is the end.
 */
export class ContentStream implements StreamRules {
  readonly isNameless = true
  readonly #open = new Set<unknown>()
  readonly #ended = new Set<unknown>()
  #hasSpoken = false
  #isBlocked = false
  #usage: Json = {}

  take({ candidates, promptFeedback, usageMetadata }: Json): 'show' | 'wait' {
    // Each event counts anew all that it counts; what only an earlier one counted stays.
    if (isObject(usageMetadata)) this.#usage = { ...this.#usage, ...usageMetadata }
    if (isObject(promptFeedback) && typeof promptFeedback['blockReason'] === 'string')
      this.#isBlocked = true
    const given = Array.isArray(candidates) ? candidates.filter(isObject) : []
    for (const candidate of given) this.#see(candidate)
    // What says nothing yet can still be answered by another provider.
    return this.#hasSpoken || this.#ended.size > 0 || this.#isBlocked ? 'show' : 'wait'
  }

  isAnswer({ candidates }: Json): boolean {
    return Array.isArray(candidates) && candidates.length > 0
  }

  isWhole(): boolean {
    return this.#isBlocked || (this.#ended.size > 0 && this.#open.size === 0)
  }

  usage(): CompletionUsage | undefined {
    return fromContentUsage(this.#usage)
  }

  batch(...[bytes, gate, usage]: Parameters<StreamRules['batch']>): EventBatch {
    return new EventBatch(bytes, gate, undefined, usage)
  }

  #see({ index = 0, content, finishReason: reason }: Json): void {
    if (isObject(content) && Array.isArray(content['parts']) && content['parts'].length > 0)
      this.#hasSpoken = true
    if (typeof reason === 'string' && reason !== '') {
      this.#ended.add(index)
      this.#open.delete(index)
    } else if (!this.#ended.has(index)) this.#open.add(index)
  }
}
