import { wordTable } from '@sluice/core/internal'

/** Gemini's word for why chat ended; what is not listed ended by itself. */
const REASONS = wordTable<string>({
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
})

/** Gemini's own words, which its chat hands on where they say more than OpenAI's. */
const OWN = wordTable<true>({
  RECITATION: true,
  LANGUAGE: true,
  BLOCKLIST: true,
  PROHIBITED_CONTENT: true,
  SPII: true,
  MALFORMED_FUNCTION_CALL: true,
  IMAGE_SAFETY: true,
  UNEXPECTED_TOOL_CALL: true,
  OTHER: true,
})

/** Returns Gemini's finish reason for one of chat's, and for the vendor's own word beside it. */
export function toFinishReason(reason: string | undefined, native: unknown): string {
  if (typeof native === 'string' && OWN.has(native)) return native
  return REASONS.get(reason ?? 'stop') ?? 'STOP'
}
