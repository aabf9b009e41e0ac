import { mapDataUrl } from './map-data-url.ts'
import { PieceFilter } from './piece-filter.ts'
import type { TextFilter } from './text-filter.ts'

/**
 * Where text stands in a JSON value. All strings are text, in whatever fields a vendor or a client
 * puts them, save for those that a shape names.
 */
export interface Shape {
  /** Fields that are no text: words of the protocol, ids, and bytes written as base64. */
  readonly kept?: ReadonlySet<string>
  /**
   * Fields that may hold a picture or a file as a data URL, which is no text then, unless the file
   * is one.
   */
  readonly inline?: ReadonlySet<string>
  /** Fields that spell the text out once more, token by token. */
  readonly spelled?: ReadonlySet<string>
  /** Fields with a shape of their own; a list stands for each of its items. */
  readonly fields?: ReadonlyMap<string, Shape>
  /** Lists whose items say one text together, each in the field named. */
  readonly pieces?: ReadonlyMap<string, string>
  /** What items of such a `type` have instead. */
  readonly types?: ReadonlyMap<string, Shape>
}

/** What is done with the texts of a value. */
export interface ShapeFilters {
  /** For a text that arrives in pieces; `stem` is what the events that tell it are called. */
  readonly text: (stem?: string) => TextFilter
  /**
   * For a value that is there as a whole; `key` is the field that it stands in. The same value
   * where nothing changes.
   */
  readonly whole: (value: unknown, key?: string) => unknown
  /** Whether what spells the text out is kept. */
  readonly keepsLogprobs: boolean
}

/** The value with its texts changed; the very same where nothing changes. */
export function mapShape(value: unknown, shape: Shape, filters: ShapeFilters, key = ''): unknown {
  if (typeof value !== 'object' || value === null) return filters.whole(value, key)
  if (Array.isArray(value)) {
    const items = value as readonly unknown[]
    const mapped = items.map((item) => mapShape(item, shape, filters, key))
    return mapped.every((item, at) => item === items[at]) ? value : mapped
  }
  const { type } = value as { readonly type?: unknown }
  const own = (typeof type === 'string' ? shape.types?.get(type) : undefined) ?? shape
  const entries = Object.entries(value)
  const mapped = entries.map(([name, item]): [string, unknown] => [
    name,
    mapField(name, item, own, filters),
  ])
  return mapped.every(([, item], at) => item === entries[at]![1])
    ? value
    : Object.fromEntries(mapped)
}

function mapField(name: string, value: unknown, shape: Shape, filters: ShapeFilters): unknown {
  if (shape.kept?.has(name) === true) return value
  if (shape.spelled?.has(name) === true && !filters.keepsLogprobs) return emptied(value)
  if (shape.inline?.has(name) === true && typeof value === 'string') {
    return mapDataUrl(value, (text) => filters.whole(text, name) as string)
  }
  const piece = shape.pieces?.get(name)
  if (piece !== undefined && Array.isArray(value))
    return mapPieces(value, piece, shape.fields?.get(name) ?? {}, filters)
  const field = shape.fields?.get(name)
  return field === undefined ? filters.whole(value, name) : mapShape(value, field, filters, name)
}

/** Clients iterate over what is documented as a list. */
function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? value : []
  if (typeof value === 'string') return ''
  return typeof value === 'object' ? null : value
}

function mapPieces(
  list: readonly unknown[],
  field: string,
  shape: Shape,
  filters: ShapeFilters,
): unknown {
  const pieces = new PieceFilter(filters.text())
  const others: Shape = { ...shape, kept: new Set([...(shape.kept ?? []), field]) }
  const mapped: unknown[] = list.map((item) => {
    const rest = mapShape(item, others, filters)
    const text = textIn(item, field)
    if (text === undefined) return rest
    const after = pieces.push(text)
    return after === text ? rest : { ...(rest as object), [field]: after }
  })
  const tail = pieces.end()
  const last = mapped.findLastIndex((item) => textIn(item, field) !== undefined)
  if (tail !== '')
    mapped[last] = { ...(mapped[last] as object), [field]: textIn(mapped[last], field)! + tail }
  return mapped.every((item, at) => item === list[at]) ? list : mapped
}

function textIn(item: unknown, field: string): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  const text = (item as Readonly<Record<string, unknown>>)[field]
  return typeof text === 'string' ? text : undefined
}
