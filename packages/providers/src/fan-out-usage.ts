import type { CompletionUsage } from '@sluice/core'

/** What several requests cost together: every count is added up, those in the details as well; what is no count is taken from the first. */
export function sumUsage(first: CompletionUsage | undefined, second: CompletionUsage): CompletionUsage {
  return first === undefined ? second : (sumCounts(first, second) as CompletionUsage)
}

type Counts = Readonly<Record<string, unknown>>

function sumCounts(first: Counts, second: Counts): Counts {
  const sum: Record<string, unknown> = { ...second, ...first }
  for (const [name, count] of Object.entries(second)) {
    const before = first[name]
    if (typeof before === 'number' && typeof count === 'number') sum[name] = before + count
    else if (isCounts(before) && isCounts(count)) sum[name] = sumCounts(before, count)
  }
  return sum
}

function isCounts(value: unknown): value is Counts {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
