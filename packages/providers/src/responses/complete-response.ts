import { draftResponse, type Response, type ResponseCreateParams } from '@sluice/core'

/** Members that every client may rely on. Not all who speak the API give them all. */
const REQUIRED = [
  'error',
  'incomplete_details',
  'instructions',
  'metadata',
  'output',
  'parallel_tool_calls',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
] as const

/** A response with everything that it must have; the very same where nothing was missing. @throws TypeError where it has not even an id. */
export function completeResponse(response: Partial<Response>, params: ResponseCreateParams): Response {
  const { id, model, status, created_at: createdAt } = response
  if (typeof id !== 'string' || id === '' || response.object !== 'response' || typeof createdAt !== 'number') {
    throw new TypeError('not a response')
  }
  if (REQUIRED.every((name) => response[name] !== undefined)) return response as Response
  const draft = draftResponse(params, { id, createdAt, model: model ?? params.model, status: status ?? 'completed' })
  const missing = REQUIRED.filter((name) => response[name] === undefined)
  return { ...(response as Response), ...Object.fromEntries(missing.map((name) => [name, draft[name]])) }
}
