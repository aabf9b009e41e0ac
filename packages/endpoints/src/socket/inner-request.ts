import { IncomingMessage, ServerResponse, type Server } from 'node:http'
import { Duplex } from 'node:stream'

/** The socket of the client that an inner request is made for. */
export type ClientSocket = IncomingMessage['socket']

/** A request that no socket brought, for the host's own server to serve. */
export interface InnerRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: Uint8Array
  /** The socket whose client it is made for. */
  readonly client: ClientSocket
}

/** Hears of the response to an inner request. */
export interface InnerResponseOwner {
  head(status: number, headers: ReadonlyMap<string, string>): void
  /** Calls back when more may come. The bytes are the response's own, and only lent. */
  data(bytes: Uint8Array, done: () => void): void
  /** The response has ended; `isWhole` says whether it did so by itself. */
  end(isWhole: boolean): void
}

/** More of a head than any response has. */
const MAX_HEAD_BYTES = 256 * 1024

/**
 * Hands a request to a server's own listeners, so that it passes everything that a request over
 * HTTP does: the host's middlewares, keys, limits. Its response is HTTP/1.0, so that Node writes
 * the body as it is. Returns a function that breaks it off, as a client that leaves does.
 */
export function innerRequest(
  server: Server,
  asked: InnerRequest,
  owner: InnerResponseOwner,
): () => void {
  const socket = new InnerSocket(asked.client, owner)
  const req = new IncomingMessage(socket as unknown as IncomingMessage['socket'])
  const headers = Object.entries(asked.headers).filter(([, value]) => value !== undefined)
  Object.assign(req, {
    method: asked.method,
    url: asked.url,
    httpVersion: '1.0',
    httpVersionMajor: 1,
    httpVersionMinor: 0,
    complete: true,
  })
  for (const [name, value] of headers) {
    req.headers[name] = value
    for (const one of Array.isArray(value) ? value : [value!]) req.rawHeaders.push(name, one)
  }
  if (asked.body !== undefined) {
    req.headers['content-length'] = String(asked.body.length)
    req.push(asked.body)
  }
  req.push(null)
  const res = new ServerResponse(req)
  res.assignSocket(socket as unknown as IncomingMessage['socket'])
  res.once('finish', () => socket.finished())
  try {
    server.emit('request', req, res)
  } catch (error) {
    // Thrown on, it would end the process: a frame of a socket has called.
    process.emitWarning(error instanceof Error ? error : String(error))
    socket.destroy()
  }
  return () => socket.destroy()
}

/** What a server takes for a client's socket: gives nothing, and reads the response. */
class InnerSocket extends Duplex {
  readonly #owner: InnerResponseOwner
  readonly #client: ClientSocket
  #head: Buffer | undefined = Buffer.alloc(0)
  #hasEnded = false

  constructor(client: ClientSocket, owner: InnerResponseOwner) {
    super()
    this.#client = client
    this.#owner = owner
    // A response that is broken off is told by `end`.
    this.on('error', () => {})
  }

  get remoteAddress(): string | undefined {
    return this.#client.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#client.remotePort
  }

  get encrypted(): boolean {
    return 'encrypted' in this.#client && this.#client.encrypted === true
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#head === undefined) return this.#owner.data(chunk, done)
    const head = Buffer.concat([this.#head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) {
      if (head.length > MAX_HEAD_BYTES) return done(new Error('The head has no end.'))
      this.#head = head
      return done()
    }
    this.#head = undefined
    const [line = '', ...fields] = head.toString('latin1', 0, end).split('\r\n')
    const headers = new Map<string, string>()
    for (const field of fields) {
      const colon = field.indexOf(':')
      headers.set(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim())
    }
    this.#owner.head(Number(line.split(' ')[1]), headers)
    const rest = head.subarray(end + 4)
    if (rest.length === 0) done()
    else this.#owner.data(rest, done)
  }

  /** All of the response has been written. */
  finished(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#owner.end(true)
    this.destroy()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true
      this.#owner.end(false)
    }
    done(error)
  }
}
