import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigError, option, sendError, type Exchange, type Principal } from '@sluice/core'
import { askHost, type AskHostOptions } from './ask-host.ts'
import { identityUnavailable, unauthorised } from './unauthorised.ts'

/** A request at the door. */
export class Passing {
  readonly exchange: Exchange
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly next: (error?: unknown) => void

  constructor(exchange: Exchange, req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) {
    this.exchange = exchange
    this.req = req
    this.res = res
    this.next = next
  }
}

/** Lets a request pass as a principal, or answers 401 where there is none. */
export function admit({ exchange, req, res, next }: Passing, principal: Principal | undefined): void {
  if (principal === undefined) return sendError(req, res, unauthorised())
  exchange.principal = principal
  next()
}

/** The same, once the host has told who it is; 503 where it cannot tell. */
export function admitWhenTold(
  passing: Passing,
  ask: (signal: AbortSignal) => Principal | null | undefined | PromiseLike<Principal | null | undefined>,
  waiting: AskHostOptions,
): void {
  const { req, res } = passing
  askHost(res, ask, waiting, (answer) => {
    if (!answer.ok) return sendError(req, res, identityUnavailable(answer.error))
    const principal = answer.value ?? undefined
    if (principal === undefined || isPrincipal(principal)) return admit(passing, principal)
    const cause = new ConfigError('ERR_AUTH_PRINCIPAL', 'A principal needs id and tenant, both non-empty strings.')
    return sendError(req, res, identityUnavailable(cause))
  })
}

function isPrincipal(value: Principal): boolean {
  return option.string.accepts(value.id) && option.string.accepts(value.tenant)
}
