import { joinLogprobs } from '../../response-form/completion-form.ts'
import { placeKey, textEventOf, type NamedEvent } from '../../response-form/text-event.ts'

const FIELDS: ReadonlySet<string> = new Set([
  'type',
  'event_id',
  'item_id',
  'output_index',
  'content_index',
  'summary_index',
  'sequence_number',
  'delta',
  'logprobs',
  'obfuscation',
])

/**
 * Fewer events that say the same: neighbours that add to the same text become one, with the number
 * of the last.
 */
export function mergeEvents(events: readonly NamedEvent[]): NamedEvent[] {
  const merged: NamedEvent[] = []
  for (const event of events) {
    const before = merged.at(-1)
    const both = before === undefined ? undefined : mergeTwo(before, event)
    if (both === undefined) merged.push(event)
    else merged[merged.length - 1] = both
  }
  return merged
}

function mergeTwo(before: NamedEvent, after: NamedEvent): NamedEvent | undefined {
  const a = textEventOf(before)
  const b = textEventOf(after)
  if (a?.field !== 'delta' || b?.field !== 'delta' || placeKey(a.place) !== placeKey(b.place))
    return undefined
  if (![...Object.keys(before), ...Object.keys(after)].every((field) => FIELDS.has(field)))
    return undefined
  // Padding hides how long one piece was.
  const { obfuscation: _padding, ...rest } = after
  const { delta, logprobs } = before
  const lists = joinLogprobs({ logprobs }, { logprobs: after['logprobs'] })
  return {
    ...rest,
    ...(lists?.logprobs === undefined ? {} : lists),
    delta: `${String(delta)}${String(after['delta'])}`,
  }
}
