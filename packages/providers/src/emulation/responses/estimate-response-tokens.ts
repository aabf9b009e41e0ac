import type { ResponseCreateParams, ResponseTokensCount } from '@sluice/core/wire'
import { estimatePromptTokens } from '../estimate-prompt-tokens.ts'

/** Estimates the tokens that a response would take in. */
export function estimateResponseTokens({
  instructions,
  input,
  tools,
  text,
}: ResponseCreateParams): ResponseTokensCount {
  const tokens = estimatePromptTokens([instructions, input, tools, text?.format])
  return { object: 'response.input_tokens', input_tokens: tokens }
}
