import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { checkOptions, option } from '@sluice/core'
import { faultNamed, type Fault, type FaultSample } from './faults.ts'
import { openaiSample } from './openai-sample.ts'
import { playSteps } from './play-steps.ts'
import { RequestReader, type RawRequest } from './read-request.ts'

/** A request that the vendor got, and what became of it. */
export interface VendorRequest extends RawRequest {
  /** The body, parsed; `undefined` where it is not JSON. */
  readonly json: unknown
  /** The name of the fault that it was answered with; `scripted` for one of the queue. */
  readonly fault: string
  /** Bytes written in answer so far. */
  readonly bytesSent: number
  /** Settles when the connection is closed, by whichever side. */
  readonly closed: Promise<void>
  /** When that was, by `performance.now()`. */
  readonly closedAtMs: number | undefined
}

/** How a fault vendor is set up. */
export interface FaultVendorOptions {
  /** Further faults by name, beside the built-in ones. */
  readonly faults?: Readonly<Record<string, Fault>> | undefined
  /** What is done for a request that names no fault. @defaultValue `ok` */
  readonly fallback?: string | undefined
  /**
   * What the built-in faults make their answers of.
   * @defaultValue a short answer of OpenAI's form
   */
  readonly sample?: FaultSample | undefined
}

/**
 * A vendor that misbehaves as told, on a raw socket of the loopback interface. What it does for a
 * request is named by its `x-fault` header or by the model `fault:<name>`, else it is the next
 * script of the queue, else the fallback.
 */
export interface FaultVendor {
  /** `http://127.0.0.1:<port>`; any path is answered. */
  readonly url: string
  readonly requests: readonly VendorRequest[]
  /** Connections open now. */
  readonly openSockets: number
  /** Scripts for the coming requests that name no fault, first come first served. */
  queue(...scripts: readonly Fault[]): void
  /** The request after those that this has given out already; waits for it. */
  next(): Promise<VendorRequest>
  /** Makes connecting fail (ECONNREFUSED) until `accept`. Open connections stay. */
  refuse(): void
  accept(): Promise<void>
  /** Breaks every connection off and leaves nothing behind. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const RULES = { faults: option.object, fallback: option.string, sample: option.object }

/** Starts a fault vendor on a free port. @throws ConfigError `ERR_CONFORMANCE_OPTIONS` */
export async function faultVendor(options: FaultVendorOptions = {}): Promise<FaultVendor> {
  checkOptions('faultVendor', 'ERR_CONFORMANCE_OPTIONS', options, RULES)
  const vendor = new SocketVendor(options)
  await vendor.accept()
  return vendor
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] }

class SocketVendor implements FaultVendor {
  readonly requests: VendorRequest[] = []
  readonly #options: FaultVendorOptions
  readonly #sockets = new Set<Socket>()
  readonly #scripts: Fault[] = []
  #server: Server | undefined
  #port = 0
  #given = 0
  #onRequest: (() => void)[] = []

  constructor(options: FaultVendorOptions) {
    this.#options = options
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get openSockets(): number {
    return this.#sockets.size
  }

  queue(...scripts: readonly Fault[]): void {
    this.#scripts.push(...scripts)
  }

  async next(): Promise<VendorRequest> {
    const index = this.#given++
    while (this.requests.length <= index)
      await new Promise<void>((resolve) => this.#onRequest.push(resolve))
    return this.requests[index]!
  }

  async accept(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#connected(socket),
    )
    this.#server = server
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
  }

  refuse(): void {
    this.#server?.close()
    this.#server = undefined
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = [...this.#sockets].map((socket) => once(socket, 'close'))
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(closed)
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket)
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        this.#sockets.delete(socket)
        resolve()
      })
    })
    const reader = new RequestReader()
    let turn: Promise<void> = Promise.resolve()
    // Resets are what this vendor is for; 'close' follows.
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', (bytes) => {
      for (const raw of reader.push(bytes))
        turn = turn.then(() => this.#answer(socket, raw, closed))
    })
  }

  #answer(socket: Socket, raw: RawRequest, closed: Promise<void>): Promise<void> {
    const json = parse(raw.body)
    const [name, fault] = this.#choose(raw, json)
    const request: Writable<VendorRequest> = {
      ...raw,
      json,
      fault: name,
      bytesSent: 0,
      closed,
      closedAtMs: undefined,
    }
    this.requests.push(request)
    void closed.then(() => {
      request.closedAtMs = performance.now()
    })
    for (const resolve of this.#onRequest.splice(0)) resolve()
    const sample = this.#options.sample ?? openaiSample
    return playSteps(socket, fault(request, sample), (bytes) => {
      request.bytesSent += bytes
    })
  }

  #choose(raw: RawRequest, json: unknown): [string, Fault] {
    const model = (json as { model?: unknown } | null | undefined)?.model
    // Some vendors have the model in the path.
    const named =
      raw.headers['x-fault'] ?? FAULT_MODEL.exec(typeof model === 'string' ? model : raw.path)?.[1]
    const scripted = named === undefined ? this.#scripts.shift() : undefined
    if (scripted !== undefined) return ['scripted', scripted]
    const name = named ?? this.#options.fallback ?? 'ok'
    return [name, faultNamed(name, this.#options.faults)]
  }
}

const FAULT_MODEL = /\bfault(?::|%3A)([a-z0-9-]+)/i

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch {
    return undefined
  }
}
