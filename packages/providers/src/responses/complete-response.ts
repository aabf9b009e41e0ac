import { draftResponse, type Response, type ResponseCreateParams } from '@sluice/core'

/** Members that every client may rely on, by OpenAI's document and its own replies. Not all who speak the API give them all. */
const REQUIRED = [
  'background',
  'completed_at',
  'error',
  'frequency_penalty',
  'incomplete_details',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'output',
  'parallel_tool_calls',
  'presence_penalty',
  'previous_response_id',
  'prompt_cache_key',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'usage',
  'user',
] as const

/** A response with everything that it must have; the very same where nothing was missing. @throws TypeError where it has not even an id. */
export function completeResponse(response: Partial<Response>, params: ResponseCreateParams): Response {
  const { id, model, status, created_at: createdAt } = response
  if (typeof id !== 'string' || id === '' || response.object !== 'response' || typeof createdAt !== 'number') {
    throw new TypeError('not a response')
  }
  if (response.output !== undefined && !Array.isArray(response.output)) throw new TypeError('no output')
  if (REQUIRED.every((name) => response[name] !== undefined)) return response as Response
  const draft = draftResponse(params, { id, createdAt, model: model ?? params.model, status: status ?? 'completed' })
  const missing = REQUIRED.filter((name) => response[name] === undefined)
  return { ...(response as Response), ...Object.fromEntries(missing.map((name) => [name, draft[name]])) }
}
