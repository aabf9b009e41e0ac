import { joinLogprobs } from '../../response-form/completion-form.ts'
import {
  placeKey,
  textEventOf,
  textIn,
  withTextIn,
  type NamedEvent,
} from '../../response-form/text-event.ts'

const FIELDS: ReadonlySet<string> = new Set([
  'type',
  'index',
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
  if ([before, after].some((event) => hasMore(event['delta'], a.inside))) return undefined
  // Padding hides how long one piece was.
  const { obfuscation: _padding, ...rest } = after
  const { logprobs } = before
  const lists = joinLogprobs({ logprobs }, { logprobs: after['logprobs'] })
  return withTextIn(
    { ...rest, ...(lists?.logprobs === undefined ? {} : lists) },
    b,
    `${textIn(before, a)}${textIn(after, b)}`,
  )
}

/** Whether there is more in a delta than its type and its text. */
function hasMore(delta: unknown, inside: string | undefined): boolean {
  if (typeof delta !== 'object' || delta === null) return false
  return Object.keys(delta).some((field) => field !== 'type' && field !== inside)
}
