import { exchangeOf, type Exchange } from './exchange.ts'
import type { Interceptor } from './interceptor.ts'
import type { Middleware } from './middleware.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** One value, two ways in: mounted it is a middleware that leaves its interceptor on the exchange, composed it is that interceptor. */
export type Feature = Middleware & Interceptor

/**
 * Makes a feature of an interceptor. `onRequest` runs when a mounted request passes, before any body is read; it must call `next`
 * or answer.
 */
export function feature(
  interceptor: Interceptor,
  onRequest?: (exchange: Exchange, req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void,
): Feature {
  const middleware: Middleware = (req, res, next) => {
    const exchange = exchangeOf(req)
    const { interceptors } = exchange
    // Not pushed, nor spread: an array that grows by that has room for sixteen more, and stays as long as the request runs.
    if (!interceptors.includes(interceptor)) exchange.interceptors = interceptors.concat(interceptor)
    if (onRequest === undefined) next()
    else onRequest(exchange, req, res, next)
  }
  return Object.defineProperties(middleware, {
    // A function's own `name` is read-only but configurable; stack traces then speak of the feature.
    name: { value: interceptor.name },
    phase: { value: interceptor.phase },
    intercept: { value: interceptor.intercept.bind(interceptor) },
  }) as Feature
}
