import type { MessageCountTokensParams } from '@sluice/core/wire'
import { estimatePromptTokens } from '../estimate-prompt-tokens.ts'

/** Estimates the tokens that a message would take in. */
export function estimateMessageTokens({
  system,
  messages,
  tools,
}: MessageCountTokensParams): number {
  return estimatePromptTokens([system, messages, tools])
}
