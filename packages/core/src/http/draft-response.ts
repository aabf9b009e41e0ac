import type { Response, ResponseCreateParams } from '../wire/response.ts'

/** What a response is called before anything of it is there. */
export interface ResponseEnvelope {
  readonly id: string
  /** Unix time in seconds. */
  readonly createdAt: number
  readonly model: string
  readonly status: Response['status']
}

/**
 * A response without any output: the envelope, and the params as OpenAI gives them back, with its
 * own values for those that were left out.
 */
export function draftResponse(
  params: ResponseCreateParams,
  { id, createdAt, model, status }: ResponseEnvelope,
): Response {
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status,
    background: params.background === true,
    completed_at: null,
    error: null,
    frequency_penalty: params['frequency_penalty'] ?? 0,
    incomplete_details: null,
    instructions: params.instructions ?? null,
    max_output_tokens: params.max_output_tokens ?? null,
    max_tool_calls: params['max_tool_calls'] ?? null,
    model,
    output: [],
    parallel_tool_calls: params.parallel_tool_calls ?? true,
    presence_penalty: params['presence_penalty'] ?? 0,
    previous_response_id: params.previous_response_id ?? null,
    prompt_cache_key: params['prompt_cache_key'] ?? null,
    reasoning: {
      effort: params.reasoning?.effort ?? null,
      summary: params.reasoning?.summary ?? null,
    },
    safety_identifier: params['safety_identifier'] ?? null,
    service_tier: 'default',
    store: params.store !== false,
    temperature: params.temperature ?? 1,
    text: { ...params.text, format: params.text?.format ?? { type: 'text' } },
    tool_choice: params.tool_choice ?? 'auto',
    tools: (params.tools ?? []).map(withDefaults),
    top_logprobs: params['top_logprobs'] ?? 0,
    top_p: params.top_p ?? 1,
    truncation: params.truncation ?? 'disabled',
    usage: null,
    user: params.user ?? null,
    metadata: params.metadata ?? {},
  }
}

/** Functions are given back with everything that a client may have left out. */
function withDefaults(tool: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return tool['type'] === 'function'
    ? { description: null, parameters: null, strict: true, ...tool }
    : tool
}
