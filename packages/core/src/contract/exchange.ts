import type { IncomingMessage } from 'node:http'
import type { Dialect } from '../wire/dialect.ts'
import { createRequestId } from './call.ts'
import type { Interceptor } from './interceptor.ts'
import type { Principal } from './principal.ts'

/**
 * What Sluice knows of one HTTP request. The features in front of `endpoints` leave their
 * interceptors here.
 */
export interface Exchange {
  readonly requestId: string
  /** Milliseconds on the monotonic clock when the first feature saw the request. */
  readonly startedAtMs: number
  principal: Principal | undefined
  /** Set by `endpoints` when it knows whose path was asked for. */
  dialect: Dialect | undefined
  /** Frozen: requests that came by the same features share one list. */
  interceptors: readonly Interceptor[]
  /** Whether `endpoints` has seen the request and left it to the host. */
  hasPassedSurface: boolean
}

// Registered, so that two copies of this package in one dependency tree find each other's exchange.
const EXCHANGE: unique symbol = Symbol.for('sluice.exchange')

const NONE: readonly Interceptor[] = Object.freeze([])

class RequestExchange implements Exchange {
  readonly requestId = createRequestId()
  readonly startedAtMs = performance.now()
  principal: Principal | undefined = undefined
  dialect: Dialect | undefined = undefined
  interceptors = NONE
  hasPassedSurface = false
}

/** The exchange of a request, made when first asked for. */
export function exchangeOf(req: IncomingMessage): Exchange {
  const holder = req as IncomingMessage & { [EXCHANGE]?: Exchange }
  return (holder[EXCHANGE] ??= new RequestExchange())
}
