import { exchangeOf, type Exchange } from '../contract/exchange.ts'
import { isOwn, markOwn } from '../contract/foreign-interceptor.ts'
import type { Interceptor } from '../contract/interceptor.ts'
import type { Middleware } from '../contract/middleware.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * One value, two ways in: mounted it is a middleware that leaves its interceptor on the exchange,
 * composed it is that interceptor.
 */
export type SluiceMiddleware = Middleware & Interceptor

/**
 * Makes a feature of an interceptor. `onRequest` runs when a mounted request passes, before any
 * body is read; it must call `next` or answer.
 */
export function defineMiddleware(
  interceptor: Interceptor,
  onRequest?: (
    exchange: Exchange,
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ) => void,
): SluiceMiddleware {
  let hasWarned = false
  const middleware: Middleware = (req, res, next) => {
    const exchange = exchangeOf(req)
    if (exchange.hasPassedSurface && !hasWarned) {
      hasWarned = true
      warnBehindSurface(interceptor.name)
    }
    const { interceptors } = exchange
    if (!interceptors.includes(interceptor))
      exchange.interceptors = interceptors.concat(interceptor)
    if (onRequest === undefined) next()
    else onRequest(exchange, req, res, next)
  }
  const made = Object.defineProperties(middleware, {
    // A function's own `name` is read-only but configurable; stack traces then speak of the
    // feature.
    name: { value: interceptor.name },
    phase: { value: interceptor.phase },
    intercept: { value: interceptor.intercept.bind(interceptor) },
  }) as SluiceMiddleware
  return isOwn(interceptor) ? markOwn(made) : made
}

/**
 * Express runs what is mounted in order, so that nothing can be said of it before a request comes
 * this far.
 */
function warnBehindSurface(name: string): void {
  process.emitWarning(
    `${name} is mounted behind endpoints(), which serves its paths before ${name} sees them.`,
    {
      type: 'SluiceWarning',
      code: 'SLUICE_BEHIND_ENDPOINTS',
      detail: `Mount it in front: app.use('/v1', ${name}(…), endpoints(…)).`,
    },
  )
}
