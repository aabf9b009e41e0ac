import { wordTable } from '@sluice/core/internal'
import type {
  CompletionUsage,
  FinishReason,
  Response,
  ResponseItem,
  ResponseStreamEvent,
} from '@sluice/core/wire'
import type { ItemWriter } from './item-writer.ts'
import { toResponseUsage } from './response-usage.ts'

const INCOMPLETE = wordTable<string>({
  length: 'max_output_tokens',
  content_filter: 'content_filter',
})

/** How a response ends whose answer ended for a reason. */
export interface ResponseEnd {
  readonly finish: FinishReason | undefined
  readonly usage: CompletionUsage | undefined
  /** Unix time in seconds. */
  readonly completedAt: number
}

/**
 * The events of one response, numbered: `response.created` and `response.in_progress` first, what
 * its items say, `response.completed` or `response.incomplete` last.
 */
export class EventLog {
  readonly #idPart: string
  #response: Response
  #events: ResponseStreamEvent[] = []
  #sequence = 0
  #items = 0

  /**
   * @param draft The response before anything of it is there; its model gives way to the one that
   *   the answer names.
   * @param idPart Makes the ids of the items: the same for every response, but for this part.
   */
  constructor(draft: Response, idPart: string) {
    this.#response = draft
    this.#idPart = idPart
  }

  /** The response as it stands. */
  get response(): Response {
    return this.#response
  }

  /** Whether the beginning has been said. */
  get hasBegun(): boolean {
    return this.#sequence > 0
  }

  /** How many items have begun. */
  get items(): number {
    return this.#items
  }

  /** Says that the response begins, once. */
  begin(model: string = this.#response.model): void {
    if (this.#sequence > 0) return
    this.#response = { ...this.#response, model }
    this.say('response.created', { response: this.#response })
    this.say('response.in_progress', { response: this.#response })
  }

  /** Makes the writer of the next item, and its place in the output. */
  writer(prefix: string): { readonly writer: ItemWriter; readonly at: number } {
    const at = this.#items++
    const id = `${prefix}_${this.#idPart}${at.toString(36)}`
    const write: ItemWriter['write'] = (type, fields) =>
      this.say(type, { item_id: id, output_index: at, ...fields })
    const writeItem: ItemWriter['writeItem'] = (type, item) =>
      this.say(type, { output_index: at, item })
    const place = `"item_id":"${id}","output_index":${at}`
    return { writer: { id, place, write, writeItem }, at }
  }

  say(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#events.push({ type, sequence_number: this.#sequence++, ...fields })
  }

  /** Counts an event that is written elsewhere; returns its number. */
  count(): number {
    return this.#sequence++
  }

  /** Says that the response ends, with all its items. */
  end(output: ResponseItem[], { finish, usage, completedAt }: ResponseEnd): void {
    const reason = incompleteReason(finish)
    const status = reason === undefined ? 'completed' : 'incomplete'
    this.#response = {
      ...this.#response,
      status,
      completed_at: status === 'completed' ? completedAt : null,
      incomplete_details: reason === undefined ? null : { reason },
      output,
      usage: usage === undefined ? null : toResponseUsage(usage),
    }
    this.say(`response.${status}`, { response: this.#response })
  }

  /** The events since the last time. */
  take(): ResponseStreamEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }
}

/** What a response lacks whose answer ended for a reason; `undefined` where it is complete. */
export function incompleteReason(finish: FinishReason | undefined): string | undefined {
  return finish === undefined ? undefined : INCOMPLETE.get(finish)
}
