/**
 * One block of a message: text, image, document, tool use, tool result, thinking, or a kind that
 * only the upstream knows.
 */
export interface ContentBlock {
  type: string
  [field: string]: unknown
}

/** One turn of a conversation in Anthropic's form. */
export interface MessageParam {
  role: 'user' | 'assistant' | 'system'
  content: string | readonly ContentBlock[]
  [field: string]: unknown
}

/** The body of `POST /messages`, as Anthropic's Messages API has it. */
export interface MessageCreateParams {
  model: string
  messages: readonly MessageParam[]
  max_tokens: number
  system?: string | readonly ContentBlock[]
  metadata?: { user_id?: string | null; [field: string]: unknown } | null
  stop_sequences?: readonly string[] | null
  stream?: boolean | null
  temperature?: number | null
  thinking?: { type: string; budget_tokens?: number; [field: string]: unknown } | null
  tool_choice?: { type: string; name?: string; [field: string]: unknown } | null
  tools?: readonly Record<string, unknown>[] | null
  top_k?: number | null
  top_p?: number | null
  [field: string]: unknown
}

/** What a message cost, in Anthropic's own words. Cached tokens are not in `input_tokens`. */
export interface MessageUsage {
  input_tokens: number
  output_tokens: number
  cache_creation_input_tokens?: number | null
  cache_read_input_tokens?: number | null
  [field: string]: unknown
}

/** A whole message of the model. */
export interface Message {
  id: string
  type: 'message'
  role: 'assistant'
  model: string
  content: ContentBlock[]
  stop_reason: string | null
  stop_sequence: string | null
  usage: MessageUsage
  [field: string]: unknown
}

/**
 * One event of a streamed message: `message_start`, `content_block_start`, `content_block_delta`,
 * `content_block_stop`, `message_delta`, `message_stop`, `ping`, `error`.
 */
export interface MessageStreamEvent {
  type: string
  [field: string]: unknown
}

/** The body of `POST /messages/count_tokens`. */
export type MessageCountTokensParams = Omit<MessageCreateParams, 'max_tokens' | 'stream'>

/** The tokens that a message would take in. */
export interface MessageTokensCount {
  input_tokens: number
  [field: string]: unknown
}
