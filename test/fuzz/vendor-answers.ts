import { Agent, createServer, request, type Server } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import type { Handler } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { defineProvider, type Provider, type ProviderOptions } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { gemini } from '@sluice/providers/gemini'
import { openai } from '@sluice/providers/openai'
import { rateLimit } from '@sluice/rate-limit'
import { finalize } from 'rxjs'
import { until } from '../support/until.ts'
import { randomOf, type FuzzFigures } from './client-bodies.ts'
import { judgeAnswer, type Got } from './judge-answer.ts'
import { POISON, type VendorBytes } from './answer-as-http.ts'
import { mutateAnswer } from './mutate-answer.ts'
import { sampleAnswers, type FuzzedDialect, type SampleAnswer } from './sample-answers.ts'

/** How vendors' answers are tried. The same seed makes the same answers. */
export interface VendorFuzzOptions {
  readonly dialect: FuzzedDialect
  readonly seed: number
  readonly runs: number
  /** Only the one of this number, to look at it again. */
  readonly only?: number | undefined
}

const AT_ONCE = 32
/** After so many, all slots have to be free and no upstream busy. */
const BATCH = 1000
const CLIENT_MS = 5000
const MAX_FAULTS = 10
const LEFT = 'the client has left'
const TIMEOUTS = { connectMs: 400, headersMs: 400, firstTokenMs: 400, idleMs: 300, totalMs: 600, totalStreamMs: 900 }

const OVER_CHAT = defineProvider({ ...openai.spec, responses: undefined as never, operations: {} })
const PROVIDERS: Readonly<Record<FuzzedDialect, (options: ProviderOptions) => Provider>> = {
  openai,
  anthropic,
  gemini,
  responses: openai,
  'over-chat': OVER_CHAT,
}

/**
 * Lets a vendor answer in every wrong way. Each request has to end, with an error in OpenAI's shape or
 * an answer that is one, and give back its slot and its connection; the process has to live.
 */
export async function fuzzVendorAnswers({ dialect, seed, runs, only }: VendorFuzzOptions): Promise<FuzzFigures> {
  await using bench = await Bench.open(dialect)
  await using straight = await Bench.open(dialect, true)
  const statuses: Record<string, number> = {}
  const faults: string[] = []
  const escaped = (error: unknown) => faults.push(`escaped: ${error instanceof Error ? error.stack : String(error)}`)
  process.on('uncaughtException', escaped)
  process.on('unhandledRejection', escaped)
  try {
    const from = only ?? 0
    const end = only === undefined ? runs : only + 1
    for (let start = from; start < end && faults.length < MAX_FAULTS; start += BATCH) {
      let next = start
      const stop = Math.min(end, start + BATCH)
      const work = async () => {
        while (next < stop && faults.length < MAX_FAULTS) {
          const at = next++
          const random = randomOf(seed * 1_000_003 + at)
          const sample = pickSample(dialect, random)
          const answer = mutateAnswer(sample, random)
          const leaveAfterMs = random() < 0.2 ? Math.floor(random() * 8) : undefined
          const got = await bench.ask(at, sample, answer, leaveAfterMs)
          statuses[got.status] = (statuses[got.status] ?? 0) + 1
          if (got.text === LEFT) continue
          const again = isSteady(answer, got) ? await straight.ask(at, sample, inOnePiece(answer)) : got
          const fault = faultOf(sample, got) ?? differenceOf(got, again)
          if (fault !== undefined) faults.push(`#${at} ${fault}: ${got.status} ${got.text.slice(-300)}`)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      const left = await bench.leftOver()
      if (left !== undefined) faults.push(`after #${stop - 1}: ${left}`)
    }
  } finally {
    process.off('uncaughtException', escaped)
    process.off('unhandledRejection', escaped)
  }
  return { runs: only === undefined ? runs : 1, statuses, faults }
}

/**
 * Closes everything while answers are under way, again and again: clients, the surface and the
 * provider, in one turn. Whatever phase an answer is in, the process has to live.
 */
export async function fuzzClosing({ dialect, seed, runs }: Omit<VendorFuzzOptions, 'only'>): Promise<void> {
  const random = randomOf(seed)
  for (let run = 0; run < runs; run++) {
    const bench = await Bench.open(dialect)
    const asked = Array.from({ length: AT_ONCE }, (_, at) => {
      const sample = pickSample(dialect, random)
      return bench.ask(at, sample, mutateAnswer(sample, random))
    })
    await new Promise((resolve) => setTimeout(resolve, run % 40))
    await bench[Symbol.asyncDispose]()
    await Promise.all(asked)
  }
}

/** Whether the same bytes must mean the same again: time has nothing to do with it. */
function isSteady({ ending }: VendorBytes, { status }: Got): boolean {
  return (ending === 'end' || ending === 'keep-alive') && status !== 0 && status !== 504
}

function inOnePiece({ pieces, ending }: VendorBytes): VendorBytes {
  return { pieces: [Buffer.concat(pieces)], ending }
}

/**
 * What a provider that knows its vendor's shapes made of an answer in pieces, and a new one of the
 * whole, is the same to the byte, but for names and times of our own. A failure may come before the
 * first byte or behind it.
 */
function differenceOf(got: Got, again: Got): string | undefined {
  const [one, other] = [got, again].map((answer) => (hasFailed(answer) ? 'a failure' : plainText(answer)))
  if (one === other || [got, again].some(({ text }) => text.includes('"upstream_unreachable"'))) return undefined
  return `the same bytes gave another answer: ${again.status} ${again.text.slice(-300)} ===`.replaceAll('\n', '~')
}

function hasFailed({ status, text }: Got): boolean {
  return (
    status >= 400 || /^data: \{(?:"type":"error",|"error":)/m.test(text) || text.includes('"type":"response.failed"')
  )
}

function plainText({ text }: Got): string {
  return text
    .replaceAll(/\b(chatcmpl|cmpl|resp|msg|rs|fc|call)[-_][\w-]+/g, '$1')
    .replaceAll(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
}

function faultOf(sample: SampleAnswer, got: Got): string | undefined {
  if (got.status === 0) return `no answer: ${got.text}`
  if (got.text.includes(POISON)) return 'what nobody asked for'
  return judgeAnswer(sample, got)
}

function pickSample(dialect: FuzzedDialect, random: () => number): SampleAnswer {
  const samples: readonly SampleAnswer[] = sampleAnswers[dialect]
  return samples[Math.floor(random() * samples.length)]!
}

/** A vendor on bare sockets, the surface in front of it, and a client. */
class Bench implements AsyncDisposable {
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
  static async open(dialect: FuzzedDialect, isNew = false): Promise<Bench> {
    const answers = new Map<number, VendorBytes>()
    const busy = new Map<Socket, number>()
    const vendor = createNetServer((socket) => serve(socket, answers, busy))
    const baseURL = `http://127.0.0.1:${await portOf(vendor)}`
    // A vendor that is only asked again keeps nobody waiting; a busy machine may.
    const timeouts = isNew ? {} : TIMEOUTS
    const make = () => PROVIDERS[dialect]({ apiKey: 'sk-fuzz-0123456789', baseURL, timeouts })
    const provider = make()
    const handler: Handler = (call) => {
      if (!isNew) return provider(call)
      const own = make()
      return own(call).pipe(finalize(() => own.close()))
    }
    const surface = mount(
      '/v1',
      rateLimit({ by: 'all', concurrency: AT_ONCE, requestsPerMinute: 0, tokensPerMinute: 0 }),
      endpoints(handler),
    )
    const server = createServer(surface)
    await portOf(server)
    return new Bench(dialect, vendor, answers, busy, provider, server)
  }

  /** Asks, and leaves after some milliseconds where they are given. */
  async ask(at: number, sample: SampleAnswer, answer: VendorBytes, leaveAfterMs?: number): Promise<Got> {
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
    return refused.length === 0 ? undefined : `${refused.length} slots are not free: ${refused[0]!.text}`
  }

  #post({ path, body }: SampleAnswer, model: string, leaveAfterMs?: number): Promise<Got> {
    return new Promise((resolve) => {
      const { port } = this.#server.address() as AddressInfo
      const fail = (error: Error) => resolve({ status: 0, type: '', text: error.message })
      const asking = request(
        { port, host: '127.0.0.1', path: `/v1${path}`, method: 'POST', agent: this.#agent, timeout: CLIENT_MS },
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
      if (leaveAfterMs !== undefined) setTimeout(() => asking.destroy(new Error(LEFT)), leaveAfterMs)
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
function serve(socket: Socket, answers: ReadonlyMap<number, VendorBytes>, busy: Map<Socket, number>): void {
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
