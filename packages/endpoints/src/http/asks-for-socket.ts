import type { IncomingMessage } from 'node:http'
import { ApiError, type Operation } from '@sluice/core'

/** Whether a request wants responses over a WebSocket. */
export function asksForSocket(operation: Operation, { method, headers }: IncomingMessage): boolean {
  return (
    operation === 'responses.create' &&
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket'
  )
}

/**
 * Returns what says that nobody has attached a socket here. By this status agents go on over HTTP
 * at once; by others they try again and again. `attachResponsesSocket` takes it for leave to
 * accept one.
 */
export function upgradeRequired(): ApiError {
  const message = 'No socket is attached here: ask over HTTP.'
  return new ApiError('upgrade_required', { message, headers: { upgrade: 'websocket' } })
}
