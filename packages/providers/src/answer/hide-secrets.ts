import { ApiError, scrubSecrets } from '@sluice/core'

/** The same failure, with none of these secrets in its words. For failures that a decoder reports, which does not know the key. */
export function hideSecrets(error: ApiError, secrets: readonly string[]): ApiError {
  if (!secrets.some((secret) => error.message.includes(secret))) return error
  const { code, status, type, wireCode, param, headers, retryAfterMs, cause } = error
  const message = scrubSecrets(error.message, secrets)
  return new ApiError(code, { message, status, type, wireCode, param, headers, retryAfterMs, cause })
}
