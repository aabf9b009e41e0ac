import type { CompletionUsage } from '@sluice/core/wire'
import { isRecord } from '../bytes/is-object.ts'

/** More is no count of anything; two of them added up are still exact. */
const MAX_COUNT = 999_999_999_999_999

/**
 * Returns a count of tokens as a whole number, `undefined` where it is none; some vendors write it
 * in quotes.
 */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number >= 0 && number <= MAX_COUNT
    ? Math.round(number)
    : undefined
}

/**
 * Usage as OpenAI counts it: whole, non-negative numbers that add up. A vendor that counts
 * reasoning beside the completion (total = prompt + completion + reasoning) gets it added in. Gives
 * the same object back where nothing had to change, `undefined` where nothing can be used.
 */
export function normalizeUsage(usage: unknown): CompletionUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined
  const given = withSoundDetails(usage as CompletionUsage)
  const prompt = countOf(given.prompt_tokens)
  let completion = countOf(given.completion_tokens)
  if (prompt === undefined && completion === undefined) return undefined
  completion ??= 0
  const reasoning = countOf(given.completion_tokens_details?.reasoning_tokens) ?? 0
  if (reasoning > 0 && countOf(given.total_tokens) === (prompt ?? 0) + completion + reasoning)
    completion += reasoning
  const cached =
    given.prompt_tokens_details?.cached_tokens === undefined ? cacheReads(given) : undefined
  const total = (prompt ?? 0) + completion
  if (
    given.prompt_tokens === prompt &&
    given.completion_tokens === completion &&
    given.total_tokens === total &&
    cached === undefined
  ) {
    return given
  }
  return {
    ...given,
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion,
    total_tokens: total,
    ...(cached === undefined
      ? {}
      : { prompt_tokens_details: { ...given.prompt_tokens_details, cached_tokens: cached } }),
  }
}

/**
 * Usage in which all that its counts consist of are counts as well; those that are none are left
 * out.
 */
function withSoundDetails(usage: CompletionUsage): CompletionUsage {
  const isSound =
    isSoundPart(usage.prompt_tokens_details) && isSoundPart(usage.completion_tokens_details)
  if (isSound) return usage
  const { prompt_tokens_details: prompt, completion_tokens_details: completion, ...rest } = usage
  return {
    ...rest,
    ...(isRecord(prompt) ? { prompt_tokens_details: soundPart(prompt) } : {}),
    ...(isRecord(completion) ? { completion_tokens_details: soundPart(completion) } : {}),
  }
}

function isSoundPart(details: unknown): boolean {
  if (details === undefined || details === null) return true
  if (!isRecord(details)) return false
  for (const name in details) if (!isSoundCount(name, details[name])) return false
  return true
}

function soundPart(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const counted = Object.entries(details).map(
    ([name, value]) => [name, countOf(value) ?? value] as const,
  )
  return Object.fromEntries(counted.filter(([name, value]) => isSoundCount(name, value)))
}

/** What is named otherwise is the vendor's own, and what is null was not counted. */
function isSoundCount(name: string, value: unknown): boolean {
  return !name.endsWith('_tokens') || value === null || value === countOf(value)
}

/** DeepSeek says `prompt_cache_hit_tokens`, Moonshot `cached_tokens`, both at the top. */
function cacheReads(usage: CompletionUsage): number | undefined {
  return countOf(usage['prompt_cache_hit_tokens']) ?? countOf(usage['cached_tokens'])
}
