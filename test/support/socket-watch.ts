import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** All sockets that this process opens or accepts while it is watched. */
export interface SocketWatch {
  readonly opened: readonly Socket[]
  readonly accepted: readonly Socket[]
  [Symbol.dispose](): void
}

/** Watches by Node's own channels, so that the code that opens a socket need not know. */
export function socketWatch(): SocketWatch {
  const opened: Socket[] = []
  const accepted: Socket[] = []
  const onOpened = (message: unknown) => void opened.push((message as { socket: Socket }).socket)
  const onAccepted = (message: unknown) =>
    void accepted.push((message as { socket: Socket }).socket)
  subscribe('net.client.socket', onOpened)
  subscribe('net.server.socket', onAccepted)
  return {
    opened,
    accepted,
    [Symbol.dispose]() {
      unsubscribe('net.client.socket', onOpened)
      unsubscribe('net.server.socket', onAccepted)
    },
  }
}
