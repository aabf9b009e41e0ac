import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, sendError, type Middleware } from '@sluice/core'

/**
 * What `app.use(path, …)` does, for hosts that have no such thing: `http.createServer(mount('/v1', bearerAuth({ keys }), endpoints(handler)))`. Requests
 * to other paths, and those that nobody serves, go to `next` or, without one, get a 404 in OpenAI's shape.
 */
export function mount(
  path: string,
  ...middlewares: readonly Middleware[]
): (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void {
  const base = path.replace(/\/+$/, '')
  return function mounted(req, res, next) {
    const url = req.url ?? '/'
    const leave = (error?: unknown) => {
      req.url = url
      if (next !== undefined) return next(error)
      sendError(
        req,
        res,
        error === undefined ? new ApiError('not_found', { message: 'Unknown request URL.' }) : ApiError.from(error),
      )
    }
    if (!url.startsWith(base) || !['/', '?', undefined].includes(url[base.length])) return leave()
    const rest = url.slice(base.length)
    req.url = rest.startsWith('/') ? rest : `/${rest}`
    const step = (at: number): void => {
      const middleware = middlewares[at]
      if (middleware === undefined) return leave()
      try {
        const further = (error?: unknown) => (error === undefined ? step(at + 1) : leave(error))
        // Where nobody takes an error, a middleware is shown that by the length of its `next`, as
        // Express does it.
        middleware(req, res, next === undefined || next.length === 0 ? (...told) => further(...told) : further)
      } catch (error) {
        leave(error)
      }
    }
    step(0)
  }
}
