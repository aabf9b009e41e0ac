import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, ConfigError, sendError, type Middleware } from '@sluice/core'
import { assertCalled, markFactory, partKind } from '@sluice/core/internal'
import { pathStart } from '../body/path-start.ts'

/**
 * What `app.use(path, …)` does, for hosts that have no such thing: `http.createServer(mount('/v1',
 * bearerAuth({ keys }), endpoints(handler)))`. Requests to other paths, and those that nobody
 * serves, go to `next` or, without one, get a 404 in OpenAI's shape.
 *
 * @throws ConfigError `ERR_ENDPOINTS_MOUNT` for a path without its slash, for what is no
 * middleware, and for a stage behind `endpoints`
 */
export function mount(
  path: string,
  ...middlewares: readonly Middleware[]
): (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void {
  checkMount(path, middlewares)
  const base = withoutTrailingSlashes(path)
  return function mounted(req, res, next) {
    const url = req.url ?? '/'
    const leave = (error?: unknown) => {
      req.url = url
      if (next !== undefined) return next(error)
      sendError(
        req,
        res,
        error === undefined
          ? new ApiError('not_found', { message: 'Unknown request URL.' })
          : ApiError.from(error),
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
        const further = (error?: unknown) => (error === undefined ? step(at + 1) : leave(error))
        // Where nobody takes an error, a middleware is shown that by the length of its `next`, as
        // Express does it.
        middleware(
          req,
          res,
          next === undefined || next.length === 0 ? (...told) => further(...told) : further,
        )
      } catch (error) {
        leave(error)
      }
    }
    step(0)
  }
}

markFactory(mount, 'mount')

const CODE = 'ERR_ENDPOINTS_MOUNT'

function withoutTrailingSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end--
  return path.slice(0, end)
}

function checkMount(path: unknown, middlewares: readonly unknown[]): void {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    const given =
      typeof path === 'string' ? `\`${path}\`. Did you mean \`/${path}\`?` : `${typeof path}.`
    throw new ConfigError(
      CODE,
      `mount() takes a path that begins with a slash first, but got ${given}`,
    )
  }
  if (middlewares.length === 0) {
    throw new ConfigError(
      CODE,
      `mount('${path}') has no middleware. Give it endpoints(…), and its stages before that.`,
    )
  }
  let hasSurface = false
  for (const [index, middleware] of middlewares.entries()) {
    const where = `mount('${path}') at index ${index + 1}`
    assertCalled(middleware, CODE, where)
    if (typeof middleware !== 'function') {
      throw new ConfigError(
        CODE,
        `${where} got ${middleware === null ? 'null' : typeof middleware}, not a middleware.`,
      )
    }
    if (partKind(middleware) === 'handler') {
      throw new ConfigError(
        CODE,
        `${where} got a handler, not a middleware. Wrap it: endpoints(…).`,
      )
    }
    if (hasSurface && 'phase' in middleware) {
      const { name } = middleware
      const message = `${where} has ${name} behind endpoints(), which would serve everybody before ${name} is asked.`
      throw new ConfigError(CODE, `${message} Put it in front of endpoints().`)
    }
    hasSurface ||= partKind(middleware) === 'surface'
  }
}
