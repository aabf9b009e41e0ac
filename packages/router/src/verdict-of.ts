import type { ApiError, ErrorCode } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'
import type { Health } from './circuit-breaker.ts'

/** What a failure before the first batch means for the call and for the target. */
export interface Verdict {
  /**
   * Whether another target may be asked instead; if not, the failure is the request's own and is
   * the answer.
   */
  readonly tryNextTarget: boolean
  /** How often the same target may be asked again, within what the router allows. */
  readonly repeats: number
  readonly health: Health
}

const AGAIN: Verdict = { tryNextTarget: true, repeats: Infinity, health: 'failure' }
/** A second wait as long as the first is the most that a caller will bear. */
const ONCE_MORE: Verdict = { tryNextTarget: true, repeats: 1, health: 'failure' }
const LIMITED: Verdict = { tryNextTarget: true, repeats: Infinity, health: 'throttled' }
const SPENT: Verdict = { tryNextTarget: true, repeats: 0, health: 'throttled' }
const BUSY: Verdict = { tryNextTarget: true, repeats: Infinity, health: 'success' }
/** Says that a target is set up wrong, not that its upstream is ill. */
const OWN_FAULT: Verdict = { tryNextTarget: true, repeats: 0, health: 'unknown' }
const REQUEST_FAULT: Verdict = { tryNextTarget: false, repeats: 0, health: 'success' }

const BY_CODE = wordTable<Verdict>({
  upstream_unreachable: AGAIN,
  upstream_invalid_response: AGAIN,
  upstream_empty_response: AGAIN,
  upstream_empty_stream: AGAIN,
  upstream_error: AGAIN,
  upstream_unavailable: AGAIN,
  stream_incomplete: AGAIN,
  server_error: AGAIN,
  upstream_timeout: ONCE_MORE,
  request_timeout: ONCE_MORE,
  rate_limit_exceeded: LIMITED,
  insufficient_quota: SPENT,
  conflict: BUSY,
  overloaded: { ...AGAIN, health: 'unknown' },
  upstream_auth_error: OWN_FAULT,
  invalid_api_key: OWN_FAULT,
  unsupported_endpoint: OWN_FAULT,
  client_closed_request: { ...REQUEST_FAULT, health: 'unknown' },
} satisfies Partial<Record<ErrorCode, Verdict>>)

/**
 * Statuses that speak for themselves, whatever code a handler of the host's own put beside them.
 */
const BY_STATUS: Readonly<Record<number, Verdict>> = {
  401: OWN_FAULT,
  402: SPENT,
  403: OWN_FAULT,
  408: ONCE_MORE,
  409: BUSY,
  429: LIMITED,
}

/**
 * What to do about a failure. Codes that are not listed go by their status: from 500 on the
 * upstream failed, below it the request is at fault.
 */
export function verdictOf(error: ApiError): Verdict {
  return (
    BY_CODE.get(error.code) ??
    BY_STATUS[error.status] ??
    (error.status >= 500 ? AGAIN : REQUEST_FAULT)
  )
}

/**
 * Something was thrown that is no `ApiError`: a fault in the handler's code, which would fail
 * again.
 */
export const faultOfHandler: Verdict = OWN_FAULT
