import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  checkOptions,
  ConfigError,
  feature,
  option,
  sendError,
  systemClock,
  type Clock,
  type Exchange,
  type Feature,
  type Principal,
} from '@sluice/core'
import { askHost, type AskHostOptions } from './ask-host.ts'
import { requirePrincipal } from './require-principal.ts'
import { identityUnavailable, unauthorised } from './unauthorised.ts'

type Identity = Principal | null | undefined

/** Says who sends a request, from the host's session, `req.user` or whatever it has; `undefined` or `null` for nobody. */
export type Identify = (req: IncomingMessage, signal: AbortSignal) => Identity | PromiseLike<Identity>

/** How `hostIdentity` waits. */
export interface HostIdentityOptions {
  /** A promise that takes longer is answered with 503. @defaultValue 5_000 */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

/**
 * Lets the host's own login say who is calling, in place of API keys: mounted behind the session middleware it sets the principal, and answers
 * 401 where there is none. A function that throws, rejects or takes too long is answered with 503, or with the `ApiError` that it threw.
 * Composed it refuses a call without principal. Cookies are sent by any page, so the host's CSRF defence has to stand in front.
 *
 * @throws ConfigError `ERR_AUTH_OPTIONS`
 * @example app.use('/v1', session, hostIdentity((req) => req.user && { id: req.user.id, tenant: req.user.team }), endpoints(…))
 */
export function hostIdentity(identify: Identify, options: HostIdentityOptions = {}): Feature {
  if (typeof identify !== 'function') {
    throw new ConfigError('ERR_AUTH_OPTIONS', 'hostIdentity() takes a function that gives the principal of a request.')
  }
  checkOptions('hostIdentity', 'ERR_AUTH_OPTIONS', options, { timeoutMs: option.positive, clock: option.object })
  const waiting: AskHostOptions = { clock: options.clock ?? systemClock, timeoutMs: options.timeoutMs ?? 5000 }
  return feature(requirePrincipal('hostIdentity'), (exchange, req, res, next) => {
    admitByIdentity(identify, waiting, exchange, req, res, next)
  })
}

/** Asks the host who sends a request, then goes on with that principal or answers. */
export function admitByIdentity(
  identify: Identify,
  waiting: AskHostOptions,
  exchange: Exchange,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
): void {
  askHost(
    res,
    (signal) => identify(req, signal),
    waiting,
    (answer) => {
      if (!answer.ok) return sendError(req, res, identityUnavailable(answer.error))
      const principal = answer.value
      if (principal === undefined || principal === null) return sendError(req, res, unauthorised())
      if (!isPrincipal(principal)) {
        const cause = new ConfigError('ERR_AUTH_PRINCIPAL', 'A principal needs id and tenant, both non-empty strings.')
        return sendError(req, res, identityUnavailable(cause))
      }
      exchange.principal = principal
      next()
    },
  )
}

function isPrincipal(value: Principal): boolean {
  return option.string.accepts(value.id) && option.string.accepts(value.tenant)
}
