import { ApiError } from '@sluice/core'

/**
 * The refusal of a caller. One text for all, so that it says nothing of which keys exist, ended or
 * were switched off.
 */
export function unauthorized(): ApiError {
  return new ApiError('invalid_api_key', {
    message: 'No valid API key was provided. Send one in the header "Authorization: Bearer <key>".',
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/**
 * The answer where nobody can say whether a caller is known. What the host has thrown stays in
 * `cause`, unless it is an `ApiError`.
 */
export function identityUnavailable(cause: unknown): ApiError {
  if (ApiError.is(cause)) return cause
  return new ApiError('server_error', {
    status: 503,
    message: 'The caller cannot be checked at the moment. Please try again.',
    retryAfterMs: 1000,
    cause,
  })
}
