import type { CompletionUsage } from '@sluice/core'

/** Returns a count of tokens as a whole number, `undefined` where it is none; some vendors write it in quotes. */
export function countOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && number >= 0 && number <= Number.MAX_SAFE_INTEGER ? Math.round(number) : undefined
}

/**
 * Usage as OpenAI counts it: whole, non-negative numbers that add up. A vendor that counts reasoning beside the completion (total = prompt +
 * completion + reasoning) gets it added in. Gives the same object back where nothing had to change, `undefined` where nothing can be used.
 */
export function normaliseUsage(usage: unknown): CompletionUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined
  const given = usage as CompletionUsage
  const prompt = countOf(given.prompt_tokens)
  let completion = countOf(given.completion_tokens)
  if (prompt === undefined && completion === undefined) return undefined
  completion ??= 0
  const reasoning = countOf(given.completion_tokens_details?.reasoning_tokens) ?? 0
  if (reasoning > 0 && countOf(given.total_tokens) === (prompt ?? 0) + completion + reasoning) completion += reasoning
  const cached = given.prompt_tokens_details?.cached_tokens === undefined ? cacheReads(given) : undefined
  const ofPrompt = withoutQuotes(given.prompt_tokens_details)
  const ofCompletion = withoutQuotes(given.completion_tokens_details)
  const total = (prompt ?? 0) + completion
  if (
    given.prompt_tokens === prompt &&
    given.completion_tokens === completion &&
    given.total_tokens === total &&
    ofPrompt === given.prompt_tokens_details &&
    ofCompletion === given.completion_tokens_details &&
    cached === undefined
  ) {
    return given
  }
  return {
    ...given,
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion,
    total_tokens: total,
    ...(ofPrompt === given.prompt_tokens_details && cached === undefined
      ? {}
      : { prompt_tokens_details: { ...ofPrompt, ...(cached === undefined ? {} : { cached_tokens: cached }) } }),
    ...(ofCompletion === given.completion_tokens_details ? {} : { completion_tokens_details: ofCompletion }),
  }
}

/** Details with numbers where they have counts in quotes; the very same where they have none. */
function withoutQuotes<Details extends object | undefined>(details: Details): Details {
  if (typeof details !== 'object' || details === null) return details
  const values: readonly unknown[] = Object.values(details)
  if (!values.some((value) => typeof value === 'string')) return details
  const entries = Object.entries(details) as readonly [string, unknown][]
  return Object.fromEntries(entries.map(([name, value]) => [name, countOf(value) ?? value])) as Details
}

/** DeepSeek says `prompt_cache_hit_tokens`, Moonshot `cached_tokens`, both at the top. */
function cacheReads(usage: CompletionUsage): number | undefined {
  return countOf(usage['prompt_cache_hit_tokens']) ?? countOf(usage['cached_tokens'])
}
