import { ApiError, sendError, type Middleware } from '@sluice/core'

/**
 * Answers what nothing before it has served with a 404 in OpenAI's shape. Mount it last under the
 * same path where the host has no routes of its own there: `app.use('/v1', …, endpoints(…),
 * notFound())`.
 */
export function notFound(): Middleware {
  return function notFoundMiddleware(req, res) {
    const path = (req.url ?? '/')
      .split('?')[0]!
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 200)
    sendError(
      req,
      res,
      new ApiError('not_found', {
        message: `Unknown request URL: ${req.method ?? 'GET'} ${path}.`,
      }),
    )
  }
}
