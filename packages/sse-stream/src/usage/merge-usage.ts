import type { CompletionUsage } from '@sluice/core/wire'
import { isRecord } from '../bytes/is-object.ts'
import { countOf } from './normalize-usage.ts'

/**
 * Puts the usage that a vendor tells with what it told before: what comes later counts, but for
 * what it leaves out and for zeros where there was a count. Some vendors count the prompt at the
 * beginning and repeat it as 0 at the end.
 */
export function mergeUsage(
  before: CompletionUsage | undefined,
  later: CompletionUsage | undefined,
): CompletionUsage | undefined {
  if (before === undefined || later === undefined) return later ?? before
  // Some vendors count in each event, and say all that they have said before.
  if (covers(later, before)) return later
  const merged = mergeCounts(before, later) as CompletionUsage
  const total = merged.prompt_tokens + merged.completion_tokens
  return merged.total_tokens === total ? merged : { ...merged, total_tokens: total }
}

type Counts = Readonly<Record<string, unknown>>

/** Whether counts leave out nothing of those told before, and have no zero in place of a count. */
function covers(later: Counts, before: Counts): boolean {
  for (const name in before) {
    const known = before[name]
    const value = later[name]
    if (value === known) continue
    if (typeof value === 'number' && value > 0) continue
    if (!isRecord(known) || !isRecord(value) || !covers(value, known)) return false
  }
  return true
}

/** Puts counts told later into those told before, by the same rule, and into those inside them. */
export function mergeCounts(
  before: Readonly<Record<string, unknown>>,
  later: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged = new Map(Object.entries(before))
  for (const [name, value] of Object.entries(later)) {
    const known = merged.get(name)
    if (value === null || value === undefined) continue
    if (isCounted(known) && !isCounted(value)) continue
    merged.set(name, isRecord(known) && isRecord(value) ? mergeCounts(known, value) : value)
  }
  return Object.fromEntries(merged)
}

/** Whether a value is more than nothing, as a number or as a count in quotes. */
function isCounted(value: unknown): boolean {
  return typeof value === 'number' ? value > 0 : (countOf(value) ?? 0) > 0
}
