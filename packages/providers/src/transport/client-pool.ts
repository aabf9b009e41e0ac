import type { Socket } from 'node:net'
import { buildConnector, Client } from 'undici'

/** How connections to an upstream are made. */
export interface ClientPoolOptions {
  /** Connections to one origin at a time; a request beyond it is refused. */
  readonly maxConnections: number
  /** How long an unused connection is kept. */
  readonly keepAliveMs: number
}

/** One connection, or the attempt at one. */
export class Connection {
  readonly client: Client
  #socket: Socket | undefined

  constructor(origin: URL, keepAliveMs: number, connect: buildConnector.connector) {
    this.client = new Client(origin, {
      // One request a connection: an answer can never be taken for another's, and aborting one
      // harms nobody else.
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (options, done) => {
        this.#socket = connect(options, done) as unknown as Socket
      },
    })
  }

  /**
   * Closes the socket under a request. Not by undici's own abort: where the client is destroyed
   * next, as happens once a provider is closed, that asserts inside a socket's event that nobody
   * has aborted.
   */
  cut(reason: Error): void {
    this.#socket?.destroy(reason)
  }

  /**
   * Gives the connection up, also while it is being made: then the client alone would wait for the
   * greeting of a silent server.
   */
  destroy(reason: Error): void {
    this.#socket?.destroy()
    void this.client.destroy(reason).catch(() => {})
  }
}

const CLOSED = new Error('The provider was closed.')

/**
 * The connections to one origin. Idle ones stand in a stack, the last used on top, so that finding
 * one costs the same however many streams are open; undici's own Pool walks all its clients instead
 * (a request costs twice as much beside 3,000 streams).
 */
export class ClientPool {
  /** One object for all connections. */
  readonly #origin: URL
  readonly #options: ClientPoolOptions
  /**
   * One for all connections: it keeps TLS sessions, and is no small object. Time is watched by the
   * deadline of each call, with its own clock.
   */
  readonly #connector = buildConnector({ allowH2: false, timeout: 0 })
  #idle: Connection[] = []
  #stale = 0
  #busy = 0
  #closed = false

  constructor(origin: string, options: ClientPoolOptions) {
    this.#origin = new URL(origin)
    this.#options = options
  }

  /** Connections that carry a request now. */
  get busy(): number {
    return this.#busy
  }

  /** A connection for one request, or `undefined` where as many as allowed are busy. */
  acquire(): { readonly connection: Connection; readonly reused: boolean } | undefined {
    if (this.#closed || this.#busy >= this.#options.maxConnections) return undefined
    this.#busy++
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined) return { connection: this.#connect(), reused: false }
      if (!connection.client.destroyed) return { connection, reused: true }
    }
  }

  /** Takes a connection back once its request is over. */
  release(connection: Connection): void {
    this.#busy--
    if (connection.client.destroyed) return
    if (this.#closed) connection.destroy(CLOSED)
    else this.#idle.push(connection)
  }

  /** Closes the idle connections at once and the busy ones when they come back. */
  close(): void {
    this.#closed = true
    for (const connection of this.#idle) connection.destroy(CLOSED)
    this.#idle = []
  }

  #connect(): Connection {
    const connection = new Connection(this.#origin, this.#options.keepAliveMs, this.#connector)
    connection.client.on('disconnect', () => this.#prune())
    return connection
  }

  /**
   * An idle connection was closed. Dead ones are cleared out when they could be half of the stack.
   */
  #prune(): void {
    if (++this.#stale * 2 < this.#idle.length) return
    this.#stale = 0
    this.#idle = this.#idle.filter((connection) => {
      const alive = connection.client.stats.connected
      if (!alive) connection.destroy(CLOSED)
      return alive
    })
  }
}
