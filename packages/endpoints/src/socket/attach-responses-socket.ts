import type { IncomingMessage, Server } from 'node:http'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import { checkOptions, ConfigError, option, systemClock, type Clock } from '@sluice/core'
import { markFactory } from '@sluice/core/internal'
import type * as ws from 'ws'
import { pathStart } from '../body/path-start.ts'
import { innerRequest, type ClientSocket } from './inner-request.ts'
import { SocketSession } from './socket-session.ts'

/** How sockets are bounded. */
export interface ResponsesSocketOptions {
  /** Connections at a time; further ones get a 503. @defaultValue 1_000 */
  readonly maxConnections?: number | undefined
  /** Responses that one connection runs at a time. @defaultValue 16 */
  readonly maxLanes?: number | undefined
  /** A message may be this long, and so may all that a connection remembers. @defaultValue 20 MiB */
  readonly maxMessageBytes?: number | undefined
  /** A client that has not answered a ping when the next is due is cut off. @defaultValue 30_000 */
  readonly pingMs?: number | undefined
  /** A connection that runs nothing for so long is closed. @defaultValue 900_000 */
  readonly idleMs?: number | undefined
  readonly clock?: Clock | undefined
}

const RULES = {
  maxConnections: option.positive,
  maxLanes: option.positive,
  maxMessageBytes: option.positive,
  pingMs: option.positive,
  idleMs: option.positive,
  clock: option.object,
}

/** The status by which `endpoints` says that a socket would be served at a path. */
const UPGRADE_REQUIRED = 426

/**
 * Serves the Responses API over WebSocket at a path of a server, `/v1/responses` as a rule, where
 * `endpoints` is mounted. Each message passes the server's own listeners as a `POST` would: the same
 * keys, limits and stages. The handshake does so first, and is refused as they refuse it. Other
 * paths are left to the server's other listeners. Needs the package `ws`. Returns a function that
 * closes all connections and detaches.
 *
 * @throws ConfigError `ERR_ENDPOINTS_OPTIONS`, `ERR_ENDPOINTS_SOCKET` where `ws` is not installed
 * @example attachResponsesSocket(app.listen(3000), '/v1/responses')
 */
export function attachResponsesSocket(
  server: Server,
  path: string,
  options: ResponsesSocketOptions = {},
): () => void {
  checkOptions('attachResponsesSocket', 'ERR_ENDPOINTS_OPTIONS', options, RULES)
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new ConfigError(
      'ERR_ENDPOINTS_SOCKET',
      "attachResponsesSocket() takes the server first, then a path: attachResponsesSocket(server, '/v1/responses').",
    )
  }
  const sockets = new ResponsesSockets(server, path, options)
  server.on('upgrade', sockets.onUpgrade)
  return () => {
    server.off('upgrade', sockets.onUpgrade)
    sockets.close()
  }
}

markFactory(attachResponsesSocket, 'attachResponsesSocket')

class ResponsesSockets {
  readonly #server: Server
  readonly #path: string
  readonly #options: ResponsesSocketOptions
  readonly #accepting: ws.WebSocketServer
  readonly #sessions = new Set<SocketSession>()

  constructor(server: Server, path: string, options: ResponsesSocketOptions) {
    this.#server = server
    this.#path = path
    this.#options = options
    const { WebSocketServer } = loadWs()
    this.#accepting = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxMessageBytes ?? 20 * 1024 * 1024,
      perMessageDeflate: false,
    })
  }

  readonly onUpgrade = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (pathOf(req) !== this.#path) {
      // Where nobody else could take it, it would stay open and unanswered.
      if (this.#server.listenerCount('upgrade') === 1) refuse(socket, 404, new Map(), '')
      return
    }
    socket.on('error', () => socket.destroy())
    if (this.#sessions.size >= (this.#options.maxConnections ?? 1000))
      return refuse(socket, 503, new Map([['retry-after', '5']]), '')
    this.#ask(req, socket, head)
  }

  close(): void {
    for (const session of this.#sessions) session.end()
    this.#accepting.close()
  }

  /** Lets the host's own listeners say whether this caller may have a socket here. */
  #ask(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const client = socket as ClientSocket
    const { url = '/', headers } = req
    const body: Uint8Array[] = []
    let status = 0
    let fields: ReadonlyMap<string, string> = new Map()
    let stop = () => {}
    const leave = () => stop()
    // The request may be answered before there is anything to stop.
    socket.once('close', leave)
    stop = innerRequest(
      this.#server,
      { method: 'GET', url, headers, client },
      {
        head(code, given) {
          status = code
          fields = given
        },
        data(bytes, done) {
          body.push(bytes.slice())
          done()
        },
        end: (isWhole) => {
          socket.off('close', leave)
          if (socket.destroyed) return
          if (isWhole && status === UPGRADE_REQUIRED) return this.#accept(req, socket, head)
          refuse(socket, isWhole ? status : 500, fields, Buffer.concat(body).toString('utf8'))
        },
      },
    )
  }

  #accept(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { maxLanes = 16, pingMs = 30_000, idleMs = 900_000, clock = systemClock } = this.#options
    const { maxMessageBytes = 20 * 1024 * 1024 } = this.#options
    this.#accepting.handleUpgrade(req, socket, head, (accepted) => {
      const { url = '/', headers } = req
      const session = new SocketSession(
        this.#server,
        accepted,
        { url, headers, client: socket as ClientSocket },
        { maxLanes, maxMessageBytes, pingMs, idleMs, clock },
      )
      this.#sessions.add(session)
      accepted.once('close', () => this.#sessions.delete(session))
    })
  }
}

function loadWs(): typeof ws {
  try {
    return createRequire(import.meta.url)('ws') as typeof ws
  } catch (cause) {
    const message =
      'attachResponsesSocket() needs the package `ws`, which is not installed: npm install ws.'
    throw Object.assign(new ConfigError('ERR_ENDPOINTS_SOCKET', message), { cause })
  }
}

function pathOf({ url = '/' }: IncomingMessage): string | undefined {
  const from = pathStart(url)
  if (from === undefined) return undefined
  const path = url.slice(from).split('?', 1)[0]!
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Headers of a refusal that a client of a handshake has use for. */
const SHOWN = ['content-type', 'www-authenticate', 'retry-after', 'retry-after-ms', 'x-request-id']

function refuse(
  socket: Duplex,
  status: number,
  headers: ReadonlyMap<string, string>,
  body: string,
): void {
  const shown = SHOWN.flatMap((name) => {
    const value = headers.get(name)
    return value === undefined ? [] : [`${name}: ${value}`]
  })
  const head = [
    `HTTP/1.1 ${status} Refused`,
    ...shown,
    'connection: close',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
