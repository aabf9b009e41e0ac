import type { CompletionUsage } from '@sluice/core'

/** A count; some vendors write it in quotes. */
const count = (value: unknown): number | undefined => {
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
  const prompt = count(given.prompt_tokens)
  let completion = count(given.completion_tokens)
  if (prompt === undefined && completion === undefined) return undefined
  completion ??= 0
  const reasoning = count(given.completion_tokens_details?.reasoning_tokens) ?? 0
  if (reasoning > 0 && given.total_tokens === (prompt ?? 0) + completion + reasoning) completion += reasoning
  const cached = given.prompt_tokens_details?.cached_tokens === undefined ? cacheReads(given) : undefined
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

/** DeepSeek says `prompt_cache_hit_tokens`, Moonshot `cached_tokens`, both at the top. */
function cacheReads(usage: CompletionUsage): number | undefined {
  return count(usage['prompt_cache_hit_tokens']) ?? count(usage['cached_tokens'])
}
