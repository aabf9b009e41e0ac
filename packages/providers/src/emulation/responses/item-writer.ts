/**
 * What an output item writes its events with: `output_index`, `item_id` and `sequence_number` are
 * added to every one.
 */
export interface ItemWriter {
  /** The item's id. */
  readonly id: string
  /** Its id and index as members of JSON. */
  readonly place: string
  write(type: string, fields: Readonly<Record<string, unknown>>): void
  /** Writes an event about the item as a whole, which then carries no id beside it. */
  writeItem(type: 'response.output_item.added' | 'response.output_item.done', item: unknown): void
}

/** How an item came to its end. */
export type ItemStatus = 'completed' | 'incomplete'
