/**
 * One item of a response's input or output: a message, a function call, its output, reasoning, or a
 * kind that only the upstream knows.
 */
export interface ResponseItem {
  id?: string
  type: string
  [field: string]: unknown
}

/** The body of `POST /responses`. */
export interface ResponseCreateParams {
  model: string
  input?: string | readonly ResponseItem[]
  background?: boolean | null
  include?: readonly string[] | null
  instructions?: string | null
  max_output_tokens?: number | null
  metadata?: Record<string, string> | null
  parallel_tool_calls?: boolean | null
  previous_response_id?: string | null
  reasoning?: { effort?: string | null; summary?: string | null; [field: string]: unknown } | null
  store?: boolean | null
  stream?: boolean | null
  temperature?: number | null
  text?: { format?: Record<string, unknown> & { type: string }; [field: string]: unknown } | null
  tool_choice?: string | Record<string, unknown> | null
  tools?: readonly (Record<string, unknown> & { type: string })[] | null
  top_p?: number | null
  truncation?: 'auto' | 'disabled' | null
  user?: string
  [field: string]: unknown
}

/** What a response cost, in the Responses API's own words. */
export interface ResponseUsage {
  input_tokens: number
  input_tokens_details: { cached_tokens: number; [field: string]: unknown }
  output_tokens: number
  output_tokens_details: { reasoning_tokens: number; [field: string]: unknown }
  total_tokens: number
}

/** A response, on its way or whole. */
export interface Response {
  id: string
  object: 'response'
  /** Unix time in seconds. */
  created_at: number
  status: 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled'
  model: string
  output: ResponseItem[]
  usage?: ResponseUsage | null
  error: { code: string; message: string } | null
  incomplete_details: { reason: string } | null
  [field: string]: unknown
}

/** The tokens that a response would take in. */
export interface ResponseTokensCount {
  object: 'response.input_tokens'
  input_tokens: number
  [field: string]: unknown
}

/** One event of a streamed response. */
export interface ResponseStreamEvent {
  type: string
  sequence_number: number
  [field: string]: unknown
}
