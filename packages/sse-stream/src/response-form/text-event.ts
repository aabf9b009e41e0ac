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
  'error',
])
const SEGMENT = 'transcript.text.segment'

/**
 * Reads an event as a piece of a text, whatever text that is: every `….delta` that is a string is
 * one, those that will be invented too. `undefined` for the others.
 */
export function textEventOf(event: NamedEvent): TextEvent | undefined {
  const { type, delta, text } = event
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
