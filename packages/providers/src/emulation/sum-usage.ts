import type { CompletionUsage } from '@sluice/core/wire'
import { isObject, type Json } from '../vendor-spec/json.ts'

/**
 * What several requests cost together: every count is added up, those in the details as well; what
 * is no count is taken from the first.
 */
export function sumUsage(
  first: CompletionUsage | undefined,
  second: CompletionUsage,
): CompletionUsage {
  return first === undefined ? second : (sumCounts(first, second) as CompletionUsage)
}

function sumCounts(first: Json, second: Json): Json {
  const sum = new Map(Object.entries({ ...second, ...first }))
  for (const [name, count] of Object.entries(second)) {
    const before = sum.get(name)
    if (!Object.hasOwn(first, name)) continue
    if (typeof before === 'number' && typeof count === 'number') sum.set(name, before + count)
    else if (isObject(before) && isObject(count)) sum.set(name, sumCounts(before, count))
  }
  return Object.fromEntries(sum)
}
