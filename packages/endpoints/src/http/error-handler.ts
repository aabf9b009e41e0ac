import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ApiError,
  checkOptions,
  exchangeOf,
  option,
  sendError,
  type ErrorListener,
} from '@sluice/core'
import { tellHost } from '@sluice/core/internal'

/** Express's shape of a middleware for errors. */
export type ErrorMiddleware = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Who hears of what `errorHandler` is handed. */
export interface ErrorHandlerOptions {
  /** Told of every error; for logs. What it throws or rejects with is ignored. */
  readonly onError?: ErrorListener | undefined
}

/**
 * Turns what the host's own middleware throws under the mount, such as a body parser that meets
 * broken JSON, into an error in OpenAI's shape instead of an HTML page. Mount it behind `endpoints`
 * under the same path. An error whose request has been answered already, as where `bearerAuth`
 * could not ask who is calling, goes on to the host's own error handler.
 *
 * @throws ConfigError `ERR_ENDPOINTS_OPTIONS`
 */
export function errorHandler(options: ErrorHandlerOptions = {}): ErrorMiddleware {
  checkOptions('errorHandler', 'ERR_ENDPOINTS_OPTIONS', options, { onError: option.function })
  return function errorHandlerMiddleware(error, req, res, next) {
    const apiError = ApiError.is(error) ? error : fromHttpError(error)
    tellHost(options.onError, apiError, {
      stage: 'errorHandler',
      requestId: exchangeOf(req).requestId,
    })
    if (res.headersSent) return next(error)
    sendError(req, res, apiError)
  }
}

function fromHttpError(error: unknown): ApiError {
  const status = (error as { status?: unknown } | null)?.status
  if (status === 413)
    return new ApiError('request_too_large', {
      message: 'The request body is too large.',
      cause: error,
    })
  if (status === 415) {
    return new ApiError('unsupported_content_type', {
      message: 'The body cannot be read in that encoding.',
      cause: error,
    })
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new ApiError('invalid_request_error', {
      status,
      message: 'The request could not be read.',
      cause: error,
    })
  }
  return ApiError.from(error)
}
