import type { CompletionUsage } from './completion-usage.ts'

/** The body of the legacy `POST /completions`. */
export interface CompletionCreateParams {
  model: string
  /** One text, several, one text as token ids, or several of those. */
  prompt: string | readonly string[] | readonly number[] | readonly (readonly number[])[] | null
  best_of?: number | null
  echo?: boolean | null
  frequency_penalty?: number | null
  logit_bias?: Record<string, number> | null
  logprobs?: number | null
  max_tokens?: number | null
  n?: number | null
  presence_penalty?: number | null
  seed?: number | null
  stop?: string | readonly string[] | null
  stream?: boolean | null
  stream_options?: { include_usage?: boolean; [field: string]: unknown } | null
  suffix?: string | null
  temperature?: number | null
  top_p?: number | null
  user?: string | null
  [field: string]: unknown
}

/** One of the texts. */
export interface CompletionChoice {
  index: number
  text: string
  finish_reason: 'stop' | 'length' | 'content_filter' | null
  logprobs: {
    text_offset?: number[]
    token_logprobs?: (number | null)[]
    tokens?: string[]
    top_logprobs?: (Record<string, number> | null)[]
  } | null
  [field: string]: unknown
}

/** The answer to `POST /completions`, and each event of a streamed one. */
export interface Completion {
  id: string
  object: 'text_completion'
  /** Unix time in seconds. */
  created: number
  model: string
  choices: CompletionChoice[]
  usage?: CompletionUsage | null
  [field: string]: unknown
}
