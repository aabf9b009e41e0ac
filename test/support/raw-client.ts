import { connect, type Socket } from 'node:net'

/** A connection on which bytes are written as they are. */
export interface RawClient {
  readonly socket: Socket
  /** All that has come so far. */
  readonly received: string
  /** The status of each answer so far. */
  readonly statuses: readonly number[]
  write(bytes: string | Uint8Array): void
  /** Settles when the connection is closed, by whichever side. */
  readonly closed: Promise<void>
  [Symbol.dispose](): void
}

/** Opens a connection for raw bytes. */
export function rawClient(port: number): RawClient {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  let received = ''
  socket.setEncoding('utf8')
  socket.on('data', (text) => {
    received += String(text)
  })
  // The other side may break off; 'close' follows.
  socket.on('error', () => {})
  socket.on('end', () => socket.end())
  return {
    socket,
    get received() {
      return received
    },
    get statuses() {
      return [...received.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((match) => Number(match[1]))
    },
    write: (bytes) => void socket.write(bytes),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}
