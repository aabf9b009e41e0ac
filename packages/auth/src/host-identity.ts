import type { IncomingMessage } from 'node:http'
import {
  checkOptions,
  ConfigError,
  defineMiddleware,
  option,
  systemClock,
  type Clock,
  type ErrorListener,
  type SluiceMiddleware,
  type Principal,
} from '@sluice/core'
import { FailureTeller, markFactory, markOwn } from '@sluice/core/internal'
import { admitWhenTold, AuthRequest } from './authorize.ts'
import type { AskHostOptions } from './call-host.ts'
import { requirePrincipal } from './require-principal.ts'

type Identity = Principal | null | undefined

declare global {
  // The name under which session and login middlewares declare what they put on a request.
  // oxlint-disable-next-line typescript/no-namespace
  namespace Express {
    // oxlint-disable-next-line typescript/no-empty-object-type
    interface Request {}
  }
}

/** A request with what the host's middlewares have declared on it: `session`, `user`. */
export type HostRequest = IncomingMessage & Express.Request

/**
 * Says who sends a request, from the host's session, `req.user` or whatever it has; `undefined` or
 * `null` for nobody.
 */
export type Identify<Req extends IncomingMessage = HostRequest> = (
  req: Req,
  signal: AbortSignal,
) => Identity | PromiseLike<Identity>

/** How `hostIdentity` waits. */
export interface HostIdentityOptions {
  /** A promise that takes longer is answered with 503. @defaultValue 5_000 */
  readonly timeoutMs?: number | undefined
  /**
   * Hears of every request of which nobody could say who sends it.
   * @defaultValue the host's own error handlers, once the 503 has been sent; where `next` takes no
   * error, a warning
   */
  readonly onError?: ErrorListener | undefined
  readonly clock?: Clock | undefined
}

/**
 * Lets the host's own login say who is calling, in place of API keys: mounted behind the session
 * middleware it sets the principal, and answers 401 where there is none. A function that throws,
 * rejects, takes too long or gives anything else is answered with 503, or with the `ApiError` that
 * it threw. Composed it refuses a call without principal. Cookies are sent by any page, so the
 * host's CSRF defence has to stand in front.
 *
 * @throws ConfigError `ERR_AUTH_OPTIONS`
 * @example app.use('/v1', session, hostIdentity((req) => req.session.user && { id: req.session.user.id, tenant: 'acme' }),
 * endpoints(…))
 */
export function hostIdentity<Req extends IncomingMessage = HostRequest>(
  identify: Identify<Req>,
  options: HostIdentityOptions = {},
): SluiceMiddleware {
  if (typeof identify !== 'function') {
    throw new ConfigError(
      'ERR_AUTH_OPTIONS',
      'hostIdentity() takes a function that gives the principal of a request.',
    )
  }
  checkOptions('hostIdentity', 'ERR_AUTH_OPTIONS', options, {
    timeoutMs: option.positive,
    onError: option.function,
    clock: option.object,
  })
  const waiting: AskHostOptions = {
    clock: options.clock ?? systemClock,
    timeoutMs: options.timeoutMs ?? 5000,
  }
  const failures = new FailureTeller('hostIdentity', options.onError)
  return defineMiddleware(markOwn(requirePrincipal('hostIdentity')), (exchange, req, res, next) => {
    admitWhenTold(
      new AuthRequest(exchange, req, res, next, failures),
      (signal) => identify(req as Req, signal),
      waiting,
    )
  })
}

markFactory(hostIdentity, 'hostIdentity')
