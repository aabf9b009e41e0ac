import { wordTable } from '@sluice/core/internal'
import type { FinishReason } from '@sluice/core/wire'

/** Gemini's reasons (v1beta reference, `Candidate.FinishReason`; MODEL_ARMOR is the cloud's). */
export const FINISH_REASONS = wordTable<FinishReason>({
  STOP: 'stop',
  FINISH_REASON_UNSPECIFIED: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  LANGUAGE: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  IMAGE_OTHER: 'stop',
  NO_IMAGE: 'stop',
  MALFORMED_FUNCTION_CALL: 'stop',
  UNEXPECTED_TOOL_CALL: 'stop',
  TOO_MANY_TOOL_CALLS: 'stop',
  MISSING_THOUGHT_SIGNATURE: 'stop',
  MALFORMED_RESPONSE: 'stop',
  OTHER: 'stop',
})

/**
 * OpenAI's word for why an answer ended; `stop` for a reason that is not known. An answer that
 * stopped after calls wants their results.
 */
export function finishReasonOf(reason: string, hasCalls: boolean): FinishReason {
  const known = FINISH_REASONS.get(reason) ?? 'stop'
  return known === 'stop' && hasCalls ? 'tool_calls' : known
}

/** Gemini's own word beside the choice, where OpenAI's says less. */
export function nativeReason(reason: string): { native_finish_reason?: string } {
  return reason === 'STOP' || reason === 'MAX_TOKENS' ? {} : { native_finish_reason: reason }
}
