import type { CompletionUsage } from '@sluice/core/wire'

interface Counts {
  readonly total?: number | undefined
  readonly cacheRead?: number | undefined
  readonly reasoning?: number | undefined
}

/**
 * Tokens as the SDK counts them, in OpenAI's terms: flat counts of its v2, counts by kind since v3.
 * `undefined` where it knows none.
 */
export function decodeUsage(usage: unknown): CompletionUsage | undefined {
  const said = (usage ?? {}) as Readonly<Record<string, number | Counts | undefined>>
  const input = countsOf(said['inputTokens'], said['cachedInputTokens'])
  const output = countsOf(said['outputTokens'], undefined, said['reasoningTokens'])
  if (input.total === undefined && output.total === undefined) return undefined
  const prompt = count(input.total)
  const completion = count(output.total)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(input.cacheRead === undefined
      ? {}
      : { prompt_tokens_details: { cached_tokens: input.cacheRead } }),
    ...(output.reasoning === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: output.reasoning } }),
  }
}

function countsOf(
  said: number | Counts | undefined,
  cacheRead?: number | Counts,
  reasoning?: number | Counts,
): Counts {
  if (typeof said === 'object') return said ?? {}
  return {
    total: said,
    cacheRead: typeof cacheRead === 'number' ? cacheRead : undefined,
    reasoning: typeof reasoning === 'number' ? reasoning : undefined,
  }
}

/** Some providers say NaN, or nothing, for what they do not count. */
function count(value: unknown): number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? Math.round(value) : 0
}
