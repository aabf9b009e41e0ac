import type { ResponseItem } from '@sluice/core/wire'
import type { ItemStatus, ItemWriter } from './item-writer.ts'

/** Thoughts on their way out: one reasoning item with one summary. */
export class ReasoningItem {
  readonly kind = 'reasoning'
  readonly #writer: ItemWriter
  #text = ''

  constructor(writer: ItemWriter) {
    this.#writer = writer
    writer.writeItem('response.output_item.added', {
      id: writer.id,
      type: 'reasoning',
      summary: [],
    })
    const part = { type: 'summary_text', text: '' }
    writer.write('response.reasoning_summary_part.added', { summary_index: 0, part })
  }

  add(delta: string): void {
    this.#text += delta
    this.#writer.write('response.reasoning_summary_text.delta', { summary_index: 0, delta })
  }

  close(_status: ItemStatus): ResponseItem {
    const text = this.#text
    const part = { type: 'summary_text', text }
    this.#writer.write('response.reasoning_summary_text.done', { summary_index: 0, text })
    this.#writer.write('response.reasoning_summary_part.done', { summary_index: 0, part })
    const item = { id: this.#writer.id, type: 'reasoning', summary: [part] }
    this.#writer.writeItem('response.output_item.done', item)
    return item
  }
}
