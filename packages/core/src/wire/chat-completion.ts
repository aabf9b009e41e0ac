import type { ChatCompletionMessageToolCall } from './chat-completion-params.ts'
import type { CompletionUsage } from './completion-usage.ts'

/** Why a choice ended. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'

/** A reference that the model gives for a passage of its text. */
export interface Annotation {
  type: 'url_citation'
  url_citation: {
    start_index: number
    end_index: number
    title: string
    url: string
    [field: string]: unknown
  }
  [field: string]: unknown
}

/** The log probability of one token and of its rivals. */
export interface TokenLogprob {
  token: string
  logprob: number
  bytes: readonly number[] | null
  top_logprobs: readonly { token: string; logprob: number; bytes: readonly number[] | null }[]
}

/** Log probabilities of a choice, by channel. */
export interface ChoiceLogprobs {
  content: readonly TokenLogprob[] | null
  refusal: readonly TokenLogprob[] | null
}

/** What the assistant says in one choice. */
export interface ChatCompletionMessage {
  role: 'assistant'
  content: string | null
  refusal: string | null
  reasoning_content?: string
  tool_calls?: ChatCompletionMessageToolCall[]
  annotations?: Annotation[]
  [field: string]: unknown
}

/** One of the `n` answers. */
export interface ChatCompletionChoice {
  index: number
  message: ChatCompletionMessage
  finish_reason: FinishReason
  logprobs: ChoiceLogprobs | null
  [field: string]: unknown
}

/** The answer to a chat completion that was not streamed. */
export interface ChatCompletion {
  id: string
  object: 'chat.completion'
  /** Unix time in seconds. */
  created: number
  model: string
  choices: ChatCompletionChoice[]
  usage?: CompletionUsage
  [field: string]: unknown
}
