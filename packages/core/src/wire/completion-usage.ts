/**
 * Tokens that one answer cost, as OpenAI counts them: reasoning inside `completion_tokens`, cache
 * reads inside `prompt_tokens`.
 */
export interface CompletionUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details?: {
    cached_tokens?: number
    audio_tokens?: number
    [field: string]: unknown
  }
  completion_tokens_details?: {
    reasoning_tokens?: number
    audio_tokens?: number
    accepted_prediction_tokens?: number
    rejected_prediction_tokens?: number
    [field: string]: unknown
  }
  [field: string]: unknown
}
