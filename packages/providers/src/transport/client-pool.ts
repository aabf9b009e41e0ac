import { Client } from 'undici'

/** How connections to an upstream are made. */
export interface ClientPoolOptions {
  /** Connections to one origin at a time; a request beyond it is refused. */
  readonly maxConnections: number
  /** How long an unused connection is kept. */
  readonly keepAliveMs: number
}

/**
 * The connections to one origin. Idle ones stand in a stack, the last used on top, so that finding one costs the same however many streams are
 * open; undici's own Pool walks all its clients instead (a request costs twice as much beside 3,000 streams).
 */
export class ClientPool {
  readonly #origin: string
  readonly #options: ClientPoolOptions
  #idle: Client[] = []
  #stale = 0
  #busy = 0
  #closed = false

  constructor(origin: string, options: ClientPoolOptions) {
    this.#origin = origin
    this.#options = options
  }

  /** Connections that carry a request now. */
  get busy(): number {
    return this.#busy
  }

  /** A connection for one request, or `undefined` where as many as allowed are busy. */
  acquire(): { readonly client: Client; readonly reused: boolean } | undefined {
    if (this.#closed || this.#busy >= this.#options.maxConnections) return undefined
    this.#busy++
    for (;;) {
      const client = this.#idle.pop()
      if (client === undefined) return { client: this.#connect(), reused: false }
      if (!client.destroyed) return { client, reused: true }
    }
  }

  /** Takes a connection back once its request is over. */
  release(client: Client): void {
    this.#busy--
    if (client.destroyed) return
    if (this.#closed) void client.destroy().catch(() => {})
    else this.#idle.push(client)
  }

  /** Closes the idle connections at once and the busy ones when they come back. */
  close(): void {
    this.#closed = true
    for (const client of this.#idle) void client.destroy().catch(() => {})
    this.#idle = []
  }

  #connect(): Client {
    const client = new Client(this.#origin, {
      // One request a connection: an answer can never be taken for another's, and aborting one harms nobody else.
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: this.#options.keepAliveMs,
      keepAliveMaxTimeout: this.#options.keepAliveMs,
      // Time is watched by the deadline of each call, with its own clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: 0 },
    })
    client.on('disconnect', () => this.#prune())
    return client
  }

  /** An idle connection was closed. Dead ones are cleared out when they could be half of the stack. */
  #prune(): void {
    if (++this.#stale * 2 < this.#idle.length) return
    this.#stale = 0
    this.#idle = this.#idle.filter((client) => {
      const alive = client.stats.connected
      if (!alive) void client.destroy().catch(() => {})
      return alive
    })
  }
}
