import { ApiError } from '@sluice/core'
import type {
  ChatCompletionChunk,
  CompletionUsage,
  FinishReason,
  Response,
  ResponseStreamEvent,
} from '@sluice/core/wire'
import { compactionItem } from './compaction-item.ts'
import { EventLog } from './event-log.ts'
import type { ItemWriter } from './item-writer.ts'

/**
 * Turns the chunks of a chat answer that is a summary into the events of a response with exactly
 * one item, which holds it.
 */
export class CompactionEvents {
  readonly #log: EventLog
  #writer: ItemWriter | undefined
  #summary = ''
  #finish: FinishReason | undefined

  constructor({ draft, idPart }: { readonly draft: Response; readonly idPart: string }) {
    this.#log = new EventLog(draft, idPart)
  }

  /** The response as it stands. */
  get response(): Response {
    return this.#log.response
  }

  /** The events of one more chunk. */
  add(chunk: ChatCompletionChunk): ResponseStreamEvent[] {
    this.#log.begin(chunk.model)
    for (const { index, delta, finish_reason: finish } of chunk.choices) {
      if (index !== 0) continue
      this.#summary += delta.content ?? ''
      if (this.#summary !== '') this.#open()
      if (finish !== null && finish !== undefined) this.#finish = finish
    }
    return this.#log.take()
  }

  /**
   * The events of the end. `completedAt` is Unix time in seconds.
   * @throws ApiError `upstream_invalid_response` where the model said nothing
   */
  end(usage: CompletionUsage | undefined, completedAt: number): ResponseStreamEvent[] {
    if (this.#summary.trim() === '') {
      const message = 'The model gave no summary of the conversation.'
      throw new ApiError('upstream_invalid_response', { message })
    }
    const writer = this.#open()
    const item = compactionItem(writer.id, this.#summary)
    writer.writeItem('response.output_item.done', item)
    this.#log.end([item], { finish: this.#finish, usage, completedAt })
    return this.#log.take()
  }

  #open(): ItemWriter {
    if (this.#writer !== undefined) return this.#writer
    const { writer } = this.#log.writer('cmp')
    writer.writeItem('response.output_item.added', compactionItem(writer.id, ''))
    writer.write('response.compaction.compacting', {})
    return (this.#writer = writer)
  }
}
