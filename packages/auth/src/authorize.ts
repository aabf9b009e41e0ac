import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, sendError, type Exchange, type Principal } from '@sluice/core'
import type { FailureTeller } from '@sluice/core/internal'
import { callHost, type AskHostOptions } from './call-host.ts'
import { muteResponse } from './mute-response.ts'
import { readPrincipal } from './read-principal.ts'
import { identityUnavailable, unauthorized } from './unauthorized.ts'

/** A request at the door. */
export class AuthRequest {
  readonly exchange: Exchange
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly next: (error?: unknown) => void
  readonly failures: FailureTeller

  constructor(
    exchange: Exchange,
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
    failures: FailureTeller,
  ) {
    this.exchange = exchange
    this.req = req
    this.res = res
    this.next = next
    this.failures = failures
  }
}

/** Lets a request pass as a principal, or answers 401 where there is none. */
export function authorize(
  { exchange, req, res, next }: AuthRequest,
  principal: Principal | undefined,
): void {
  if (principal === undefined) return sendError(req, res, unauthorized())
  exchange.principal = principal
  next()
}

/**
 * The same, once the host has told who it is; 503 where it cannot tell, or tells what is no
 * principal.
 */
export function admitWhenTold(
  passing: AuthRequest,
  ask: (
    signal: AbortSignal,
  ) => Principal | null | undefined | PromiseLike<Principal | null | undefined>,
  waiting: AskHostOptions,
): void {
  let isLate = false
  callHost(passing.res, ask, waiting, (answer) => {
    let principal: Principal | undefined
    try {
      if (!answer.ok) throw answer.error
      principal = readPrincipal(answer.value)
    } catch (cause) {
      return refuseUntold(passing, identityUnavailable(cause))
    }
    try {
      authorize(passing, principal)
    } catch (error) {
      // What the stages behind throw at once goes up to the host; later there is nobody who would
      // catch it.
      if (!isLate) throw error
      refuseUntold(passing, ApiError.from(error))
    }
  })
  isLate = true
}

/**
 * Answers a failure that is not the caller's, and sees that the operator hears of it. Where the
 * stage has no listener, the host's error handlers are told, but only when the answer is out: they
 * need not know how an API answers. A `next` that takes no argument would go on to what is behind
 * this door, so it is never called; a warning has to do.
 */
function refuseUntold({ exchange, req, res, next, failures }: AuthRequest, error: ApiError): void {
  const { requestId } = exchange
  // An error that the host threw as an answer to the client is no failure.
  const isFailure = error.status >= 500
  const goesToHost = isFailure && !failures.hasListener && next.length > 0 && !res.destroyed
  if (!goesToHost) {
    if (isFailure || failures.hasListener) failures.tell(error, undefined, requestId)
    return sendError(req, res, error)
  }
  res.once('close', () => {
    muteResponse(res)
    try {
      next(error.cause instanceof Error ? error.cause : error)
    } catch (thrown) {
      failures.tell(ApiError.from(thrown), undefined, requestId)
    }
  })
  // The last resort of Express for an error behind an answer is to destroy the socket.
  sendError(req, res, error, req.httpVersionMajor < 2 ? { connection: 'close' } : {})
}
