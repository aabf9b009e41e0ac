import { ITEM_TEXTS, PART_TEXTS, type ResponseText } from './response-texts.ts'
import type { NamedEvent } from './text-event.ts'

/**
 * A text that an event about something larger begins, as clients understand it: what deltas add
 * comes behind.
 */
export interface TextBeginning {
  /** The delta that would say the same. */
  readonly event: NamedEvent
  /** Where in the event the text stands. */
  readonly path: readonly (string | number)[]
  readonly text: string
}

type Json = Readonly<Record<string, unknown>>

/** Texts that `….added` events begin; mostly they begin none, and deltas say all. */
export function beginningsIn(event: NamedEvent): readonly TextBeginning[] {
  const { type, part, item, content_block: block } = event
  if (type === 'content_block_start' && isObject(block)) return blockBeginning(event, block)
  if (!type.endsWith('.added')) return []
  if (isObject(part)) return beginning(event, part, PART_TEXTS, ['part'], {})
  if (type !== 'response.output_item.added' || !isObject(item)) return []
  const id = { item_id: item['id'] }
  const lists = (['content', 'summary'] as const).flatMap((name) => {
    const list: unknown = item[name]
    if (!Array.isArray(list)) return []
    return list.flatMap((one: unknown, at) => {
      const index = name === 'content' ? { content_index: at } : { summary_index: at }
      return isObject(one)
        ? beginning(event, one, PART_TEXTS, ['item', name, at], { ...id, ...index })
        : []
    })
  })
  return [...beginning(event, item, ITEM_TEXTS, ['item'], id), ...lists]
}

/** What a block of a message is begun with; mostly nothing. */
const BLOCK_TEXTS: ReadonlyMap<unknown, readonly [field: string, delta: string]> = new Map([
  ['text', ['text', 'text_delta']],
  ['thinking', ['thinking', 'thinking_delta']],
])

function blockBeginning({ index }: NamedEvent, block: Json): TextBeginning[] {
  const [field, type] = BLOCK_TEXTS.get(block['type']) ?? []
  const text = field === undefined ? undefined : block[field]
  if (field === undefined || typeof text !== 'string' || text === '') return []
  const event = { type: 'content_block_delta', index, delta: { type, [field]: text } }
  return [{ event, path: ['content_block', field], text }]
}

/** The same value with another text at a place in it. */
export function withText(
  value: unknown,
  [step, ...rest]: readonly (string | number)[],
  text: string,
): unknown {
  if (step === undefined) return text
  if (Array.isArray(value))
    return value.map((one: unknown, at) => (at === step ? withText(one, rest, text) : one))
  return { ...(value as Json), [step]: withText((value as Json)[step], rest, text) }
}

function beginning(
  event: NamedEvent,
  holder: Json,
  table: ReadonlyMap<unknown, ResponseText>,
  path: readonly (string | number)[],
  place: Json,
): TextBeginning[] {
  const { field, stem } = table.get(holder['type']) ?? {}
  const text = field === undefined ? undefined : holder[field]
  if (field === undefined || typeof text !== 'string' || text === '') return []
  const { item_id, output_index, content_index, summary_index, sequence_number } = event
  const at = { item_id, output_index, content_index, summary_index, sequence_number, ...place }
  const known = Object.fromEntries(Object.entries(at).filter(([, value]) => value !== undefined))
  return [{ event: { ...known, type: `${stem}.delta`, delta: text }, path: [...path, field], text }]
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
