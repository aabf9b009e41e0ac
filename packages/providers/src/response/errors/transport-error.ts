import { ApiError } from '@sluice/core'
import { TooManyConnectionsError } from '../../transport/send.ts'
import type { TimedPhase } from '../../transport/deadline.ts'

/**
 * The failure that a client sees where the transport failed. `delivered`: something of the answer
 * has been handed on.
 */
export function transportError(error: Error, delivered: boolean): ApiError {
  if (error instanceof TooManyConnectionsError) {
    return new ApiError('overloaded', {
      message: 'Too many requests are open to the upstream.',
      retryAfterMs: 1000,
      cause: error,
    })
  }
  if (delivered) {
    return new ApiError('stream_incomplete', {
      message: 'The connection to the upstream broke before the answer was complete.',
      cause: error,
    })
  }
  return new ApiError('upstream_unreachable', {
    message: 'The upstream could not be reached or closed the connection.',
    cause: error,
  })
}

const SILENCE: Readonly<Record<TimedPhase, string>> = {
  connect: 'The upstream did not accept a connection in time.',
  headers: 'The upstream did not begin to answer in time.',
  firstToken: 'The upstream did not say anything in time.',
  idle: 'The upstream fell silent before the answer was complete.',
  total: 'The answer took longer than allowed.',
  drain: 'The upstream did not close its answer.',
}

/** The failure that a client sees where an upstream took too long. */
export function timeoutError(phase: TimedPhase, delivered: boolean): ApiError {
  const message = SILENCE[phase]
  if (delivered) return new ApiError('stream_incomplete', { message })
  if (phase === 'connect') return new ApiError('upstream_unreachable', { message })
  return new ApiError('upstream_timeout', { message })
}
