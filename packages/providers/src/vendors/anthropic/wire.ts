/** Ends a prefix that the vendor may keep for later requests. */
export interface CacheControl {
  type: 'ephemeral'
  ttl?: '5m' | '1h'
}

/** Words. The vendor refuses blank ones. */
export interface TextBlock {
  type: 'text'
  text: string
  cache_control?: CacheControl
}

/** The image types that the vendor reads. */
export type ImageMediaType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp'

/** An image as bytes, as an address that the vendor fetches, or as a file that it holds. */
export interface ImageBlock {
  type: 'image'
  source:
    | { type: 'base64'; media_type: ImageMediaType; data: string }
    | { type: 'url'; url: string }
    | { type: 'file'; file_id: string }
  cache_control?: CacheControl
}

/** A document: a PDF in the same ways as an image, or plain text. */
export interface DocumentBlock {
  type: 'document'
  source:
    | { type: 'base64'; media_type: 'application/pdf'; data: string }
    | { type: 'text'; media_type: 'text/plain'; data: string }
    | { type: 'url'; url: string }
    | { type: 'file'; file_id: string }
  title?: string
  cache_control?: CacheControl
}

/**
 * What the model thought, signed by the vendor, or encrypted by it. Either is only taken back
 * unchanged.
 */
export type ThinkingBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }

/**
 * A call of one of the client's tools. Its id is unique in a conversation and matches
 * `^[a-zA-Z0-9_-]+$`.
 */
export interface ToolUseBlock {
  type: 'tool_use'
  id: string
  name: string
  input: Record<string, unknown>
  cache_control?: CacheControl
}

/** What a tool gave; it stands at the beginning of the turn after the one with the call. */
export interface ToolResultBlock {
  type: 'tool_result'
  tool_use_id: string
  content?: (TextBlock | ImageBlock | DocumentBlock)[]
  is_error?: boolean
  cache_control?: CacheControl
}

/** A piece of a turn. */
export type ContentBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | ThinkingBlock
  | ToolUseBlock
  | ToolResultBlock

/** One turn; neighbours never have the same role. */
export interface MessageTurn {
  role: 'user' | 'assistant'
  content: ContentBlock[]
}

/** A tool of the client's. */
export interface Tool {
  name: string
  description?: string
  input_schema: { type: 'object'; [keyword: string]: unknown }
  strict?: boolean
  cache_control?: CacheControl
}

/** The vendor's own web search, run on its side. */
export interface WebSearchTool {
  type: 'web_search_20250305'
  name: 'web_search'
  user_location?: {
    type: 'approximate'
    city?: string
    region?: string
    country?: string
    timezone?: string
  }
}

/** Whether and which tool has to be called. */
export type ToolChoice =
  | { type: 'auto' | 'any'; disable_parallel_tool_use?: boolean }
  | { type: 'tool'; name: string; disable_parallel_tool_use?: boolean }
  | { type: 'none' }

/** How the model thinks. `budget_tokens` is at least 1,024 and below `max_tokens`. */
export type Thinking =
  | { type: 'enabled'; budget_tokens: number }
  | { type: 'adaptive'; display?: 'summarized' | 'omitted' }
  | { type: 'disabled' }
  | { type: 'between_tools' }

/** How hard the model works. */
export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** How hard the model works, and the form of its answer. */
export interface OutputConfig {
  effort?: Effort
  format?: { type: 'json_schema'; schema: Record<string, unknown> }
}

/** The body of `POST /v1/messages`, as far as it is written here. */
export interface MessagesRequest {
  model: string
  max_tokens: number
  messages: MessageTurn[]
  system?: TextBlock[]
  stream?: boolean
  tools?: (Tool | WebSearchTool)[]
  tool_choice?: ToolChoice
  thinking?: Thinking
  output_config?: OutputConfig
  stop_sequences?: string[]
  temperature?: number
  top_p?: number
  top_k?: number
  metadata?: { user_id: string }
  service_tier?: 'auto' | 'standard_only'
}
