import { ApiError, type ErrorCode } from '@sluice/core'
import { scrubSecrets, wordTable } from '@sluice/core/internal'
import { upstreamError } from '../response/errors/upstream-error.ts'
import { readVendorError } from '../response/errors/vendor-error.ts'

/**
 * The SDK's own refusals: of a call that its provider cannot make, or of a provider that is not set
 * up.
 */
const CODE_OF = wordTable<ErrorCode>({
  AI_InvalidArgumentError: 'invalid_request_error',
  AI_InvalidPromptError: 'invalid_request_error',
  AI_LoadAPIKeyError: 'upstream_auth_error',
  AI_LoadSettingError: 'upstream_auth_error',
  AI_NoSuchModelError: 'model_not_found',
  AI_TooManyEmbeddingValuesForCallError: 'invalid_request_error',
  AI_TypeValidationError: 'upstream_invalid_response',
  AI_JSONParseError: 'upstream_invalid_response',
  AI_EmptyResponseBodyError: 'upstream_empty_response',
  AI_InvalidResponseDataError: 'upstream_invalid_response',
  AI_UnsupportedFunctionalityError: 'invalid_request_error',
})

/** Codes that are about the request, so that the client may read why. */
const TOLD = new Set<ErrorCode>(['invalid_request_error', 'model_not_found'])

/** How failures of a model are shown. */
export interface ModelErrorOptions {
  /** Keep a vendor's 401 and 403. @defaultValue false */
  readonly exposeAuthErrors?: boolean | undefined
}

/**
 * The failure that a client sees for whatever a model threw: by the upstream's status where it had
 * one, else by the name of the error.
 */
export function modelError(
  thrown: unknown,
  { exposeAuthErrors = false }: ModelErrorOptions = {},
): ApiError {
  if (ApiError.is(thrown)) return thrown
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Readonly<
    Record<string, unknown>
  >
  const status = error['statusCode']
  if (typeof status === 'number') {
    const headers = (error['responseHeaders'] ?? {}) as Readonly<Record<string, string>>
    return upstreamError(status, headers, bodyOf(error), { secrets: [], exposeAuthErrors })
  }
  // A provider may hand on what its vendor said inside a stream.
  if (readVendorError(thrown) !== undefined && !(thrown instanceof Error)) {
    return upstreamError(200, {}, thrown, { secrets: [], exposeAuthErrors })
  }
  const name = String(error['name'])
  const code =
    CODE_OF.get(name) ?? (name === 'AI_APICallError' ? 'upstream_unreachable' : 'upstream_error')
  const message = TOLD.has(code)
    ? scrubSecrets(String(error['message']))
    : 'The model of this name failed to answer.'
  return new ApiError(code, { message, cause: thrown })
}

function bodyOf(error: Readonly<Record<string, unknown>>): unknown {
  const text = error['responseBody']
  try {
    const body: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    if (readVendorError(body) !== undefined) return body
  } catch {
    // Not JSON: what the SDK made of it has to do.
  }
  return { error: { message: error['message'] } }
}
