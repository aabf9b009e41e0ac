import type { CompletionUsage } from '@sluice/core/wire'
import { normalizeUsage } from '@sluice/sse-stream/internal'
import { isObject } from '../../vendor-spec/json.ts'

/**
 * Usage as the newer APIs say it, `input_tokens` and `output_tokens`, in the words of the older;
 * `undefined` where it is counted otherwise or not at all.
 */
export function tokenUsage(usage: unknown): CompletionUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined
  const { input_tokens: input, output_tokens: output } = usage as Readonly<Record<string, unknown>>
  return normalizeUsage({ prompt_tokens: input, completion_tokens: output })
}

/**
 * Whether every count of tokens that a usage holds, in whichever API's words, is a count, and what
 * it consists of as well.
 */
export function isPlausibleUsage(usage: unknown): boolean {
  if (!isObject(usage)) return false
  return Object.entries(usage).every(([name, value]) => {
    if (name.endsWith('_tokens_details')) return value === null || isPlausibleUsage(value)
    return !name.endsWith('_tokens') || (Number.isSafeInteger(value) && (value as number) >= 0)
  })
}
