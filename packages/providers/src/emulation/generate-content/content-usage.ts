import type { CompletionUsage, GenerateContentUsage } from '@sluice/core/wire'
import { countOf } from '@sluice/sse-stream/internal'
import { isObject, type Json } from '../../vendor-spec/json.ts'

/**
 * Returns what an answer cost, as OpenAI counts it: what tools put into the prompt belongs to the prompt,
 * thoughts to the completion. Nothing where Gemini has not counted yet; the first events of a
 * stream say only what kind of traffic they are.
 */
export function fromContentUsage(metadata: Json): CompletionUsage | undefined {
  const { promptTokenCount: asked, candidatesTokenCount: said } = metadata
  if (!isNumeric(asked) && !isNumeric(said)) return undefined
  const thoughts = count(metadata['thoughtsTokenCount'])
  const prompt = count(asked) + count(metadata['toolUsePromptTokenCount'])
  const completion = count(said) + thoughts
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: count(metadata['cachedContentTokenCount']),
      audio_tokens: audioTokens(metadata['promptTokensDetails']),
    },
    completion_tokens_details: {
      reasoning_tokens: thoughts,
      audio_tokens: audioTokens(metadata['candidatesTokensDetails']),
    },
  }
}

/** Returns what an answer cost in Gemini's words: thoughts stand beside what was said. */
export function toContentUsage(usage: CompletionUsage): GenerateContentUsage {
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0
  return {
    promptTokenCount: usage.prompt_tokens,
    candidatesTokenCount: Math.max(0, usage.completion_tokens - reasoning),
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
    totalTokenCount: usage.total_tokens,
  }
}

function audioTokens(details: unknown): number {
  if (!Array.isArray(details)) return 0
  return details
    .filter(isObject)
    .reduce((sum, one) => sum + (one['modality'] === 'AUDIO' ? count(one['tokenCount']) : 0), 0)
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || countOf(value) !== undefined
}

function count(value: unknown): number {
  return countOf(value) ?? 0
}
