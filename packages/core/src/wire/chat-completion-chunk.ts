import type { Annotation, ChoiceLogprobs, FinishReason } from './chat-completion.ts'
import type { CompletionUsage } from './completion-usage.ts'

/**
 * A part of a tool call: the first one of an `index` has id, type and name, later ones only more of
 * the arguments, or of a custom tool's input.
 */
export interface ToolCallDelta {
  index: number
  id?: string
  type?: 'function' | 'custom'
  function?: { name?: string; arguments?: string } | undefined
  custom?: { name?: string; input?: string } | undefined
  [field: string]: unknown
}

/** What a choice gained. */
export interface ChatCompletionDelta {
  role?: 'assistant'
  content?: string | null
  refusal?: string | null
  reasoning_content?: string | null
  tool_calls?: ToolCallDelta[]
  annotations?: Annotation[]
  [field: string]: unknown
}

/** One choice inside a chunk. */
export interface ChatCompletionChunkChoice {
  index: number
  delta: ChatCompletionDelta
  finish_reason: FinishReason | null
  logprobs?: ChoiceLogprobs | null
  [field: string]: unknown
}

/** One event of a streamed chat completion. The usage chunk has `choices: []` and comes last. */
export interface ChatCompletionChunk {
  id: string
  object: 'chat.completion.chunk'
  /** Unix time in seconds. */
  created: number
  model: string
  choices: ChatCompletionChunkChoice[]
  usage?: CompletionUsage | null
  [field: string]: unknown
}
