import { ApiError } from '@sluice/core'
import { scrubSecrets } from '@sluice/core/internal'

/**
 * The same failure, with none of these secrets in its words. For failures that a decoder reports,
 * which does not know the key.
 */
export function redactError(error: ApiError, secrets: readonly string[]): ApiError {
  const { code, status, type, headers, retryAfterMs, cause } = error
  const words = [error.message, error.wireCode ?? '', error.param ?? '']
  if (!secrets.some((secret) => words.some((word) => word.includes(secret)))) return error
  const message = scrubSecrets(error.message, secrets)
  const [wireCode, param] = [error.wireCode, error.param].map((word) =>
    word === null ? null : scrubSecrets(word, secrets),
  )
  return new ApiError(code, {
    message,
    status,
    type,
    wireCode,
    param,
    headers,
    retryAfterMs,
    cause,
  })
}
