import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, sendError, type Middleware } from '@sluice/core'
import { pathStart } from './path-start.ts'

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
    const from = pathStart(url)
    if (from === undefined) {
      const message = 'The request target is not a URL that can be read.'
      return leave(new ApiError('invalid_request_error', { message }))
    }
    const path = url.slice(from)
    if (!path.startsWith(base) || !['/', '?', undefined].includes(path[base.length])) return leave()
    const rest = path.slice(base.length)
    req.url = url.slice(0, from) + (rest.startsWith('/') ? rest : `/${rest}`)
    const step = (at: number): void => {
      const middleware = middlewares[at]
      if (middleware === undefined) return leave()
      try {
        middleware(req, res, (error) => (error === undefined ? step(at + 1) : leave(error)))
      } catch (error) {
        leave(error)
      }
    }
    step(0)
  }
}
