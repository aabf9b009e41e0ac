import type { ApiError } from '@sluice/core'
import type { Response, ResponseStreamEvent } from '@sluice/core/wire'

/**
 * How a response ends that has broken: an `error` event, which makes OpenAI's clients throw, and
 * `response.failed`. The error's members stand in the event itself, as OpenAI documents it, and in
 * `error`, as it sends it.
 */
export function failureEvents(
  error: ApiError,
  response: Response,
  sequence: number,
): ResponseStreamEvent[] {
  const said = error.toBody().error
  const { code, message, param } = said
  return [
    { type: 'error', sequence_number: sequence, code, message, param, error: said },
    {
      type: 'response.failed',
      sequence_number: sequence + 1,
      response: failedResponse(error, response),
    },
  ]
}

/** A response that has broken, with the nearest of the codes that a response may have. */
export function failedResponse(error: ApiError, response: Response): Response {
  const code =
    error.status === 429
      ? 'rate_limit_exceeded'
      : error.status < 500
        ? 'invalid_prompt'
        : 'server_error'
  return { ...response, status: 'failed', error: { code, message: error.message } }
}
