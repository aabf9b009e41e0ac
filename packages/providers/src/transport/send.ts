import { ClientPool, type ClientPoolOptions, type Connection } from './client-pool.ts'

/**
 * One HTTP request to an upstream. Where it goes is fixed by configuration; nothing that a client
 * sends reaches the origin.
 */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query, with every part that holds a name encoded. */
  readonly path: string
  /** Flat list of names and values. */
  readonly headers: readonly string[]
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array> | null
}

/**
 * What is told of the answer, in this order: connected, head, data …, then end or error, once.
 * Nothing after `close`.
 */
export interface UpstreamListener {
  /** The connection stands and the request is being written. */
  onConnected(): void
  /**
   * A request that only reads is sent once more: the connection had been closed while it was idle.
   */
  onResent(): void
  onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void
  onData(bytes: Uint8Array): void
  onEnd(): void
  onError(error: Error): void
}

/** A request under way. */
export interface UpstreamExchange {
  /** Stops reading from the socket; at most one read is still delivered. */
  pause(): void
  resume(): void
  /** Gives the answer up and closes its connection, in whatever phase it is. */
  close(): void
}

/** Sends requests to one origin. The only code of this project that opens sockets. */
export interface Transport {
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange
  /** Closes what is idle; what is busy closes when it is done. */
  close(): void
}

/** Thrown by the transport where no connection may be opened any more. */
export class TooManyConnectionsError extends Error {
  override readonly name = 'TooManyConnectionsError'
}

const ABORTED = new Error('The call was given up.')

/**
 * Makes a transport for an origin such as `https://api.openai.com`. Opens nothing until the first
 * request.
 */
export function createTransport(origin: string, options: ClientPoolOptions): Transport {
  const pool = new ClientPool(origin, options)
  return {
    send(request, listener) {
      const exchange = new PooledExchange(pool, listener)
      exchange.start(request)
      return exchange
    },
    close: () => pool.close(),
  }
}

type Controller = { pause(): void; resume(): void; rawHeaders?: unknown }

class PooledExchange implements UpstreamExchange {
  readonly #pool: ClientPool
  readonly #listener: UpstreamListener
  /** Until the answer begins: from then on it cannot be sent again, and need not be kept. */
  #request: UpstreamRequest | undefined
  #connection: Connection | undefined
  #controller: Controller | undefined
  #reused = false
  #closed = false

  constructor(pool: ClientPool, listener: UpstreamListener) {
    this.#pool = pool
    this.#listener = listener
  }

  start(request: UpstreamRequest): void {
    const acquired = this.#pool.acquire()
    if (acquired === undefined) {
      this.#closed = true
      // Not before the caller holds the exchange.
      queueMicrotask(() =>
        this.#listener.onError(
          new TooManyConnectionsError('As many connections as allowed are busy.'),
        ),
      )
      return
    }
    this.#request = request
    this.#connection = acquired.connection
    this.#reused = acquired.reused
    this.#dispatch(acquired.connection, request)
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#controller !== undefined) this.#connection?.cut(ABORTED)
    else if (this.#connection !== undefined) {
      // Still connecting: the connection belongs to this request alone, so it goes with it.
      this.#connection.destroy(ABORTED)
      this.#release()
    }
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#closed) this.#connection?.cut(ABORTED)
    else this.#listener.onConnected()
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // They would stay for as long as the answer runs, a buffer for each name and value.
    controller.rawHeaders = null
    if (status < 200) return
    this.#request = undefined
    if (!this.#closed) this.#listener.onHead(status, headers)
  }

  onResponseData(_controller: Controller, bytes: Uint8Array): void {
    if (!this.#closed) this.#listener.onData(bytes)
  }

  onResponseEnd(): void {
    this.#release()
    if (this.#closed) return
    this.#closed = true
    this.#listener.onEnd()
  }

  onResponseError(_controller: Controller, error: Error): void {
    const request = this.#request
    this.#release()
    if (this.#closed) return
    // The upstream may have closed the idle connection just as it was taken, so a fresh one asks
    // again, once. Never a POST: that the connection broke does not tell whether the vendor has
    // read it, and it is paid for.
    if (this.#reused && request?.method === 'GET') {
      this.#controller = undefined
      this.#listener.onResent()
      return this.#startFresh(request)
    }
    this.#closed = true
    this.#listener.onError(error)
  }

  #startFresh(request: UpstreamRequest): void {
    for (;;) {
      const acquired = this.#pool.acquire()
      if (acquired === undefined) break
      if (acquired.reused) {
        acquired.connection.destroy(ABORTED)
        this.#pool.release(acquired.connection)
        continue
      }
      this.#connection = acquired.connection
      this.#reused = false
      this.#dispatch(acquired.connection, request)
      return
    }
    this.#closed = true
    this.#listener.onError(new TooManyConnectionsError('As many connections as allowed are busy.'))
  }

  #dispatch({ client }: Connection, { method, path, headers, body }: UpstreamRequest): void {
    // The handler is this object itself: one allocation fewer on each of thousands of open streams.
    client.dispatch({ method, path, headers: headers as string[], body: body as never }, this)
  }

  #release(): void {
    if (this.#connection === undefined) return
    const connection = this.#connection
    this.#connection = undefined
    this.#pool.release(connection)
  }
}
