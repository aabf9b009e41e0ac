import type { CompletionUsage } from '@sluice/core'
import { isObject, type Json } from '../json.ts'

/**
 * What an answer cost, as OpenAI counts it: what tools put into the prompt belongs to the prompt, thoughts to the completion. Nothing where Gemini has
 * not counted yet; the first events of a stream say only what kind of traffic they are.
 */
export function decodeUsage(metadata: Json): CompletionUsage | undefined {
  if (typeof metadata['promptTokenCount'] !== 'number' && typeof metadata['candidatesTokenCount'] !== 'number')
    return undefined
  const thoughts = count(metadata['thoughtsTokenCount'])
  const prompt = count(metadata['promptTokenCount']) + count(metadata['toolUsePromptTokenCount'])
  const completion = count(metadata['candidatesTokenCount']) + thoughts
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

function audioTokens(details: unknown): number {
  if (!Array.isArray(details)) return 0
  return details
    .filter(isObject)
    .reduce((sum, one) => sum + (one['modality'] === 'AUDIO' ? count(one['tokenCount']) : 0), 0)
}

function count(value: unknown): number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? Math.round(value) : 0
}
