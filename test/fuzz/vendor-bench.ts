import { Agent, createServer, request, type Server } from 'node:http'
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import type { Handler } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { defineProvider, type Provider, type ProviderOptions } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { gemini } from '@sluice/providers/gemini'
import { openai } from '@sluice/providers/openai'
import { rateLimit } from '@sluice/rate-limit'
import { finalize } from 'rxjs'
import { until } from '../support/until.ts'
import type { VendorBytes } from './answer-as-http.ts'
import type { Got } from './judge-answer.ts'
import { sampleAnswers, type FuzzedDialect, type SampleAnswer } from './sample-answers.ts'

/** Requests under way at a time, and slots that there are for them. */
export const AT_ONCE = 32
/** What is said of a request whose client has left. */
export const LEFT = 'the client has left'

const CLIENT_MS = 8000
const TIMEOUTS = {
  connectMs: 400,
  headersMs: 400,
  firstTokenMs: 400,
  idleMs: 300,
  totalMs: 600,
  totalStreamMs: 900,
}
/** Where it is not time that is tried. */
const LONGER = Object.fromEntries(Object.entries(TIMEOUTS).map(([name, ms]) => [name, 4 * ms]))
const OVER_CHAT = defineProvider({ ...openai.spec, responses: undefined as never, operations: {} })
const PROVIDERS: Readonly<Record<FuzzedDialect, (options: ProviderOptions) => Provider>> = {
  openai,
  anthropic,
  gemini,
  responses: openai,
  messages: anthropic,
  'messages-over-chat': OVER_CHAT,
  'over-chat': OVER_CHAT,
}

/** A vendor on bare sockets, the surface in front of it, and a client. */
export class VendorBench implements AsyncDisposable {
  readonly #dialect: FuzzedDialect
  readonly #vendor: NetServer
  readonly #server: Server
  readonly #provider: Provider
  readonly #agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  readonly #answers: Map<number, VendorBytes>
  readonly #busy: Map<Socket, number>

  private constructor(
    dialect: FuzzedDialect,
    vendor: NetServer,
    answers: Map<number, VendorBytes>,
    busy: Map<Socket, number>,
    provider: Provider,
    server: Server,
  ) {
    this.#dialect = dialect
    this.#vendor = vendor
    this.#answers = answers
    this.#busy = busy
    this.#provider = provider
    this.#server = server
  }

  /** @param isNew Whether each call gets a provider that has seen nothing before. */
  static async open(dialect: FuzzedDialect, isNew = false): Promise<VendorBench> {
    const answers = new Map<number, VendorBytes>()
    const busy = new Map<Socket, number>()
    const vendor = createNetServer((socket) => serve(socket, answers, busy))
    const baseURL = `http://127.0.0.1:${await portOf(vendor)}`
    const timeouts = isNew ? LONGER : TIMEOUTS
    const make = () => PROVIDERS[dialect]({ apiKey: 'sk-fuzz-0123456789', baseURL, timeouts })
    const provider = make()
    const handler: Handler = (call) => {
      if (!isNew) return provider(call)
      const own = make()
      return own(call).pipe(finalize(() => own.close()))
    }
    const surface = mount(
      '/v1',
      rateLimit({ keyBy: 'all', concurrency: AT_ONCE, requestsPerMinute: 0, tokensPerMinute: 0 }),
      endpoints(handler, { dialects: ['openai', 'anthropic'] }),
    )
    const server = createServer(surface)
    // Else it may close a connection just as the client takes it for the next request.
    server.keepAliveTimeout = 600_000
    await portOf(server)
    return new VendorBench(dialect, vendor, answers, busy, provider, server)
  }

  /** Asks, and leaves after some milliseconds where they are given. */
  async ask(
    at: number,
    sample: SampleAnswer,
    answer: VendorBytes,
    leaveAfterMs?: number,
  ): Promise<Got> {
    this.#answers.set(at, answer)
    const got = await this.#post(sample, `fuzz-${at}-`, leaveAfterMs)
    this.#answers.delete(at)
    return got
  }

  /** Says what a batch has left behind: a busy upstream, or slots that are not free. */
  async leftOver(): Promise<string | undefined> {
    await until(() => this.#busy.size === 0, 3000).catch(() => {})
    if (this.#busy.size > 0) return `upstreams are busy with ${[...this.#busy.values()].join(', ')}`
    const sample = sampleAnswers[this.#dialect][0] as SampleAnswer
    const good = { pieces: [goodBytes(sample)], ending: 'keep-alive' } as const
    const all = Array.from({ length: AT_ONCE }, (_, at) => this.ask(-1 - at, sample, good))
    const refused = (await Promise.all(all)).filter(({ status }) => status !== 200)
    return refused.length === 0
      ? undefined
      : `${refused.length} slots are not free: ${refused[0]!.text}`
  }

  #post({ path, body }: SampleAnswer, model: string, leaveAfterMs?: number): Promise<Got> {
    return new Promise((resolve) => {
      const { port } = this.#server.address() as AddressInfo
      const fail = (error: Error) => resolve({ status: 0, type: '', text: error.message })
      const asking = request(
        {
          port,
          host: '127.0.0.1',
          path: `/v1${path}`,
          method: 'POST',
          agent: this.#agent,
          timeout: CLIENT_MS,
        },
        (res) => {
          const parts: Buffer[] = []
          res.on('data', (part: Buffer) => parts.push(part))
          res.on('error', fail)
          res.on('end', () =>
            resolve({
              status: res.statusCode ?? 0,
              type: String(res.headers['content-type']),
              text: Buffer.concat(parts).toString(),
            }),
          )
        },
      )
      if (leaveAfterMs !== undefined)
        setTimeout(() => asking.destroy(new Error(LEFT)), leaveAfterMs)
      asking.on('timeout', () => asking.destroy(new Error('it took too long')))
      asking.on('error', fail)
      asking.setHeader('content-type', 'application/json')
      asking.end(JSON.stringify({ ...body, model }))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    this.#provider.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    await new Promise((resolve) => this.#vendor.close(resolve))
  }
}

async function portOf(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function goodBytes({ document }: SampleAnswer): Buffer {
  const body = JSON.stringify(document)
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** Reads requests, one at a time, and writes what was made for the number that stands in each. */
function serve(
  socket: Socket,
  answers: ReadonlyMap<number, VendorBytes>,
  busy: Map<Socket, number>,
): void {
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
    if (head < 0 || text.length < head + 4 + length) return
    const number = Number(/fuzz-(-?\d+)-/.exec(text)?.[1])
    text = ''
    busy.set(socket, number)
    write(socket, answers.get(number) ?? { pieces: [], ending: 'end' }, () => busy.delete(socket))
  })
  socket.on('close', () => busy.delete(socket))
  socket.on('error', () => {})
}

function write(socket: Socket, { pieces, ending }: VendorBytes, done: () => void): void {
  const step = (at: number): void => {
    const piece = pieces[at]
    if (socket.destroyed) return
    if (piece !== undefined) {
      socket.write(piece)
      setImmediate(step, at + 1)
    } else if (ending === 'end') socket.end(done)
    // Node takes a socket that is ending for closed once it is reset, and never closes it.
    else if (ending === 'reset' && socket.writableEnded) socket.destroy()
    else if (ending === 'reset') socket.resetAndDestroy()
    else if (ending === 'keep-alive') done()
  }
  step(0)
}
