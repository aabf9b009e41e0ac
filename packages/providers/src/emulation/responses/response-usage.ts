import type { CompletionUsage, ResponseUsage } from '@sluice/core/wire'

/** What an answer cost, in the Responses API's words. */
export function toResponseUsage(usage: CompletionUsage): ResponseUsage {
  const prompt = usage.prompt_tokens_details
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: {
      cached_tokens: prompt?.cached_tokens ?? 0,
      cache_write_tokens: count(prompt?.['cache_write_tokens']),
    },
    output_tokens: usage.completion_tokens,
    output_tokens_details: {
      reasoning_tokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    },
    total_tokens: usage.total_tokens,
  }
}

/**
 * What a response cost, as everything that counts tokens knows it; `undefined` where it does not
 * say.
 */
export function fromResponseUsage(usage: unknown): CompletionUsage | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined
  const { input_tokens, output_tokens, input_tokens_details, output_tokens_details } =
    usage as Partial<ResponseUsage>
  if (typeof input_tokens !== 'number' && typeof output_tokens !== 'number') return undefined
  const prompt = count(input_tokens)
  const completion = count(output_tokens)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: count(input_tokens_details?.cached_tokens) },
    completion_tokens_details: { reasoning_tokens: count(output_tokens_details?.reasoning_tokens) },
  }
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0
}
