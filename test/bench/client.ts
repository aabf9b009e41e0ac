import { connect, type Socket } from 'node:net'
import { Answer } from './answer.ts'

/** As wide as the greatest process id and ten million requests. */
const ID_WIDTH = 14
const LEAVE_MS = 200

/** All sockets read into it, as each read is done with before the next. */
const incoming = Buffer.allocUnsafeSlow(65_536)

let issued = 0

/** Bytes of a request, made once, and the places in it where each time a new id is written. */
export interface RequestBytes {
  readonly bytes: Buffer
  readonly ids: readonly number[]
}

/**
 * Makes a request's bytes; `@ID@` in its body stands for the id, which is always equally wide, so
 * that one content-length serves all.
 */
export function requestBytes(
  url: URL,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): RequestBytes {
  const place = '@ID@'.padEnd(ID_WIDTH, '@')
  const text = body.replaceAll('@ID@', place)
  const lines = Object.entries({ host: url.host, connection: 'keep-alive', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const bytes = Buffer.from(
    `POST ${path} HTTP/1.1\r\n${lines}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
  const ids: number[] = []
  for (let at = bytes.indexOf(place); at >= 0; at = bytes.indexOf(place, at + ID_WIDTH))
    ids.push(at)
  return { bytes, ids }
}

/** How a request ended. */
export interface Reply {
  readonly id: string
  /**
   * `broken` is a connection that closed before the answer was whole, or an answer that is not
   * HTTP.
   */
  readonly ending: 'whole' | 'broken' | 'left'
  readonly answer: Answer
  /** When it ended, by `performance.now()`; of a client that leaves, just before. */
  readonly at: number
  /** Time to the first token. */
  readonly firstMs: number | undefined
}

/** One who asks one thing at a time over a connection that is kept. */
export class Client {
  readonly #port: number
  readonly #request: RequestBytes
  readonly #leaveAfter: number | undefined
  #socket: Socket | undefined
  #id = ''
  #answer = new Answer()
  #askedAt = 0
  #firstMs: number | undefined
  #settle: ((reply: Reply) => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(port: number, request: RequestBytes, leaveAfter?: number) {
    this.#port = port
    // Bytes of its own: others would write their ids into those that the kernel has not taken yet.
    this.#request = { ...request, bytes: Buffer.from(request.bytes) }
    this.#leaveAfter = leaveAfter
  }

  /** Whether an answer has begun well and is not over. */
  get open(): boolean {
    return this.#settle !== undefined && this.#answer.status === 200
  }

  ask(): Promise<Reply> {
    this.#id = String(process.pid * 1e7 + issued++).padStart(ID_WIDTH, '0')
    for (const at of this.#request.ids) this.#request.bytes.write(this.#id, at, 'latin1')
    this.#answer = new Answer()
    this.#firstMs = undefined
    if (this.#leaveAfter === 0) this.#timer = setTimeout(() => this.#end('left'), LEAVE_MS)
    return new Promise((resolve) => {
      this.#settle = resolve
      this.#socket ??= this.#connect()
      this.#askedAt = performance.now()
      this.#socket.write(this.#request.bytes)
    })
  }

  /** Closes the connection; what is not answered yet is broken. */
  close(): void {
    this.#end('broken')
  }

  #connect(): Socket {
    const onread = {
      buffer: incoming,
      callback: (length: number) => {
        if (this.#socket === socket) this.#read(incoming.subarray(0, length))
        return true
      },
    }
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true, onread })
    const gone = () => {
      if (this.#socket === socket) this.#end('broken')
    }
    socket.on('error', gone).on('end', gone).on('close', gone)
    return socket
  }

  #read(bytes: Buffer): void {
    const answer = this.#answer
    // An answer that comes unasked.
    if (this.#settle === undefined) return this.#drop()
    let whole: boolean
    try {
      whole = answer.read(bytes)
    } catch {
      return this.#end('broken')
    }
    if (answer.tokens > 0) this.#firstMs ??= performance.now() - this.#askedAt
    if (whole) this.#end('whole')
    else if (
      this.#leaveAfter !== undefined &&
      answer.status > 0 &&
      answer.tokens >= this.#leaveAfter
    )
      this.#end('left')
  }

  #end(ending: Reply['ending']): void {
    const at = performance.now()
    // An answer may come before the whole request has gone.
    if (ending !== 'whole' || !this.#answer.keepAlive || this.#socket!.writableLength > 0)
      this.#drop()
    clearTimeout(this.#timer)
    const settle = this.#settle
    this.#settle = undefined
    settle?.({ id: this.#id, ending, answer: this.#answer, at, firstMs: this.#firstMs })
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
  }
}
