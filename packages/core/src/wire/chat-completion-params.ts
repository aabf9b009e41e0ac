/**
 * A piece of a message's content: text, or a reference to (or the data of) an image, a sound or a
 * file.
 */
export type ChatCompletionContentPart =
  | { type: 'text'; text: string; [field: string]: unknown }
  | { type: 'refusal'; refusal: string; [field: string]: unknown }
  | { type: 'image_url'; image_url: { url: string; detail?: string }; [field: string]: unknown }
  | { type: 'input_audio'; input_audio: { data: string; format: string }; [field: string]: unknown }
  | {
      type: 'file'
      file: { file_data?: string; file_id?: string; filename?: string; [field: string]: unknown }
      [field: string]: unknown
    }

/**
 * A call of a function that the model asked for; `arguments` is JSON text exactly as the model
 * wrote it.
 */
export interface ChatCompletionMessageFunctionToolCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
  custom?: undefined
  [field: string]: unknown
}

/** A call of a custom tool that the model asked for; `input` is text of any form. */
export interface ChatCompletionMessageCustomToolCall {
  id: string
  type: 'custom'
  custom: { name: string; input: string }
  function?: undefined
  [field: string]: unknown
}

/** A call that the model asked for. */
export type ChatCompletionMessageToolCall =
  | ChatCompletionMessageFunctionToolCall
  | ChatCompletionMessageCustomToolCall

/** One message of the conversation, of any role. */
export interface ChatCompletionMessageParam {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function'
  content?: string | readonly ChatCompletionContentPart[] | null
  name?: string
  refusal?: string | null
  reasoning_content?: string | null
  tool_calls?: readonly ChatCompletionMessageToolCall[]
  tool_call_id?: string
  [field: string]: unknown
}

/**
 * A function that the model may call; `parameters` is a JSON Schema that Sluice hands on and never
 * executes.
 */
export interface ChatCompletionFunctionTool {
  type: 'function'
  function: {
    name: string
    description?: string
    parameters?: Record<string, unknown>
    strict?: boolean | null
  }
  custom?: undefined
  [field: string]: unknown
}

/** A tool whose input is text of any form, or of the form that a grammar gives. */
export interface ChatCompletionCustomTool {
  type: 'custom'
  custom: {
    name: string
    description?: string
    format?:
      | { type: 'text' }
      | { type: 'grammar'; grammar: { definition: string; syntax: 'lark' | 'regex' } }
  }
  function?: undefined
  [field: string]: unknown
}

/** A tool that the model may call. */
export type ChatCompletionTool = ChatCompletionFunctionTool | ChatCompletionCustomTool

/** Whether and which tool the model has to call. */
export type ChatCompletionToolChoiceOption =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: string; [field: string]: unknown }

/** The form that the answer's text must have. */
export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema'
      json_schema: {
        name: string
        description?: string
        schema?: Record<string, unknown>
        strict?: boolean | null
      }
    }

/** The body of `POST /chat/completions`. Fields that are not listed are kept and handed on. */
export interface ChatCompletionCreateParams {
  model: string
  messages: readonly ChatCompletionMessageParam[]
  frequency_penalty?: number | null
  logit_bias?: Record<string, number> | null
  logprobs?: boolean | null
  max_completion_tokens?: number | null
  max_tokens?: number | null
  metadata?: Record<string, string> | null
  modalities?: readonly string[] | null
  n?: number | null
  parallel_tool_calls?: boolean | null
  presence_penalty?: number | null
  reasoning_effort?: string | null
  response_format?: ResponseFormat | null
  seed?: number | null
  service_tier?: string | null
  stop?: string | readonly string[] | null
  store?: boolean | null
  stream?: boolean | null
  stream_options?: { include_usage?: boolean; [field: string]: unknown } | null
  temperature?: number | null
  tool_choice?: ChatCompletionToolChoiceOption | null
  tools?: readonly ChatCompletionTool[] | null
  top_k?: number | null
  top_logprobs?: number | null
  top_p?: number | null
  user?: string | null
  [field: string]: unknown
}
