/** An event that says its own name. */
export type NamedEvent = { readonly type: string } & Readonly<Record<string, unknown>>

/** A place in the answer where a text grows from event to event. */
export interface TextPlace {
  /** `response.output_text`: the events' name without what they say of it. */
  readonly stem: string
  readonly output: unknown
  readonly part: unknown
  readonly summary: unknown
}

/** A piece of a text: where it grows, and in which field of the event it stands. */
export interface TextEvent {
  readonly place: TextPlace
  readonly field: 'delta' | 'text'
  /** Where that is an object, the field of it in which the text stands. */
  readonly inside?: string
  /** `pieces` are told apart, with nothing between them. */
  readonly kind: 'text' | 'json' | 'pieces'
}

/** Events that end all that grows. */
const TERMINAL: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
  'transcript.text.done',
  'message_delta',
  'message_stop',
  'error',
])
const SEGMENT = 'transcript.text.segment'

type Grown = Pick<TextEvent, 'kind'> & { readonly inside: string; readonly stem: string }

/** What grows in a message, by the type of the delta, under the names that a response has for it. */
const MESSAGE_DELTAS: ReadonlyMap<unknown, Grown> = new Map([
  ['text_delta', { inside: 'text', stem: 'response.output_text', kind: 'text' }],
  ['thinking_delta', { inside: 'thinking', stem: 'response.reasoning_text', kind: 'text' }],
  [
    'input_json_delta',
    { inside: 'partial_json', stem: 'response.function_call_arguments', kind: 'json' },
  ],
])

/**
 * Reads an event as a piece of a text, whatever text that is: every `….delta` that is a string is
 * one, those that will be invented too. `undefined` for the others.
 */
export function textEventOf(event: NamedEvent): TextEvent | undefined {
  const { type, delta, text } = event
  if (type === 'content_block_delta') return messageText(event, delta)
  if (type === SEGMENT && typeof text === 'string') {
    return { place: placeOf(event, SEGMENT), field: 'text', kind: 'pieces' }
  }
  if (!type.endsWith('.delta') || typeof delta !== 'string' || isSound(event)) return undefined
  const stem = type.slice(0, -'.delta'.length)
  return {
    place: placeOf(event, stem),
    field: 'delta',
    kind: stem.endsWith('arguments') ? 'json' : 'text',
  }
}

/** Reads a delta of a message; one of a kind that will be invented grows in its first string. */
function messageText({ index }: NamedEvent, delta: unknown): TextEvent | undefined {
  if (typeof delta !== 'object' || delta === null) return undefined
  const fields = delta as Readonly<Record<string, unknown>>
  const { type } = fields
  if (type === 'signature_delta') return undefined
  const known = MESSAGE_DELTAS.get(type)
  const inside = known?.inside ?? Object.keys(fields).find((name) => isText(name, fields[name]))
  if (inside === undefined || typeof fields[inside] !== 'string') return undefined
  const place = {
    stem: known?.stem ?? `message.${String(type)}`,
    output: index,
    part: undefined,
    summary: undefined,
  }
  return { place, field: 'delta', inside, kind: known?.kind ?? 'text' }
}

function isText(name: string, value: unknown): boolean {
  return name !== 'type' && name !== '__proto__' && typeof value === 'string'
}

/** Returns the text of an event. */
export function textIn(event: NamedEvent, { field, inside }: TextEvent): string {
  const holder = event[field]
  return (inside === undefined ? holder : (holder as NamedEvent)[inside]) as string
}

/** Returns the same event with another text. */
export function withTextIn(
  event: NamedEvent,
  { field, inside }: TextEvent,
  text: string,
): NamedEvent {
  if (inside === undefined) return { ...event, [field]: text }
  return { ...event, [field]: { ...(event[field] as object), [inside]: text } }
}

/** Returns what stands in an event beside its text. */
export function withoutText(event: NamedEvent, { field, inside }: TextEvent): NamedEvent {
  const { [field]: holder, ...others } = event
  if (inside === undefined) return others
  const { [inside]: _text, ...rest } = holder as Readonly<Record<string, unknown>>
  return { ...others, [field]: rest }
}

/** Whether an event carries a piece of the sound of a response, which says what its text says. */
export function isSound({ type }: NamedEvent): boolean {
  return type.startsWith('response.') && type.endsWith('audio.delta')
}

/** The name of a place, one for each. */
export function placeKey({ stem, output, part, summary }: TextPlace): string {
  return JSON.stringify([stem, output ?? null, part ?? null, summary ?? null])
}

/** Whether an event says that the text at a place is whole. */
export function endsText(event: NamedEvent, place: TextPlace): boolean {
  const { type } = event
  if (TERMINAL.has(type)) return true
  if (type === 'content_block_stop') return event['index'] === place.output
  if (!type.endsWith('.done')) return false
  const stem = type.slice(0, -'.done'.length)
  const { output, part, summary } = placeOf(event, stem)
  if (output !== place.output) return false
  if (stem === 'response.output_item') return true
  const isPart = stem === 'response.content_part' || stem === 'response.reasoning_summary_part'
  return (stem === place.stem || isPart) && part === place.part && summary === place.summary
}

/** Some vendors change the item's id from event to event; its number stays. */
function placeOf(event: NamedEvent, stem: string): TextPlace {
  const {
    output_index: output = event['item_id'],
    content_index: part,
    summary_index: summary,
  } = event
  return { stem, output, part, summary }
}
