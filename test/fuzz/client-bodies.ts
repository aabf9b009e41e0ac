import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Batch, Call, Handler } from '@sluice/core'
import { endpoints, mount, type EndpointsOptions } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { rateLimit } from '@sluice/rate-limit'
import { finalize, type Observable } from 'rxjs'
import { until } from '../support/until.ts'
import {
  BOUNDARY,
  formBytes,
  placesIn,
  sampleRequests,
  withAt,
  type Json,
  type SampleRequest,
} from './sample-requests.ts'

/** How a run of the fuzzer is made. The same seed makes the same requests. */
export interface FuzzOptions {
  readonly seed: number
  readonly runs: number
  /** Only the one of this number, to look at it again. */
  readonly only?: number | undefined
  /** What stands behind the surface. @defaultValue the demo */
  readonly handler?: Handler
}

/** What a run of the fuzzer came to. */
export interface FuzzFigures {
  readonly runs: number
  /** How often each status came; 0 where the connection was closed without a word. */
  readonly statuses: Readonly<Record<string, number>>
  /**
   * Requests that did not end as they should, each with its number in the run and its first bytes.
   */
  readonly faults: readonly string[]
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const AT_ONCE = 16
const BODY_TIMEOUT_MS = 150
/** A client that waits longer hangs up; Node's own limits for heads that never end are longer. */
const IDLE_MS = 400
const MAX_MS = 10_000
const MAX_FAULTS = 20

const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'null',
  '',
  '\u0000',
  '\ud800',
  '../..',
  '%',
  '${x}',
  'user',
  'tool',
]
const AWKWARD: readonly Json[] = [
  null,
  true,
  0,
  -1,
  -0,
  1e308,
  2 ** 53 + 2,
  1.5,
  [],
  {},
  [[]],
  [null],
  ['x'],
  { a: null },
  'x'.repeat(70_000),
  { toString: 1, valueOf: 1 },
  ...WORDS,
]
const TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON ; x="\\',
  'application/x+json',
  'text/plain',
  'multipart/form-data',
  `multipart/form-data; boundary=${BOUNDARY}`,
  'multipart/form-data; boundary="',
  'multipart/form-data; boundary=;',
  '',
  '__proto__',
]
const TARGETS = [
  '/v1/__proto__',
  '/v1/models/%zz',
  '/v1/models/%00',
  '/v1/models/..%2f..',
  'http://[/v1/models',
  'http://host/v1/models',
  '*',
  '//',
  '/v1',
  '/v1/',
  '/v1//chat/completions',
  '/v1/responses/%',
  '/v1/messages/x',
  '/v1/messages/count_tokens/?beta=%',
  '/v1/models?limit=-1&after_id=%zz',
  '/v1/responses/resp_1/x/y',
  '/v1/chat/completions?'.padEnd(4000, 'a=%&'),
  '/v1/responses/resp_1?stream=true&starting_after=-1',
  'x',
  '/v1/files/x',
  '/v1beta/models/a:generateContent',
  '/v1/models/%zz:generateContent',
  '/v1/models/:countTokens',
  '/v1/models/a:b:c:predict?key=x',
  '/v1/models?key=x&pageToken=%ff',
]
const HEADERS = [
  'content-length: 0',
  'content-length: -1',
  'content-length: 1e3',
  'content-length: 99999999999',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip, chunked',
  'expect: 100-continue',
  'expect: x',
  'upgrade: websocket',
  'connection: upgrade',
  'host: ',
  'host: a, b',
  '__proto__: x',
  'constructor: x',
  'x-request-id: \u0001',
  'authorization: Bearer x',
  ': x',
  'no colon',
  ' folded',
  'a b: c',
  'x: é',
  `x: ${'y'.repeat(20_000)}`,
  'cache-control: no-cache, max-age="',
  'content-encoding: __proto__',
  'content-encoding: gzip, gzip, gzip, gzip, gzip',
  'content-encoding: zstd',
  'content-type: application/json',
  'accept: __proto__',
  'trailer: __proto__',
  'te: trailers',
  'traceparent: 00-x',
]

type Random = () => number

class Mutator {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** The bytes of one request, or of two in a row. */
  next(): Buffer {
    const bytes = this.#request()
    return this.#chance(0.03) ? Buffer.concat([bytes, this.#request()]) : bytes
  }

  #request(): Buffer {
    const sample = this.#of(sampleRequests)
    const type =
      sample.form === undefined ? 'application/json' : `multipart/form-data; boundary=${BOUNDARY}`
    const headers: string[] = ['host: relay', 'connection: close']
    let body = this.#body(sample)
    if (body !== undefined) {
      headers.push(`content-type: ${this.#chance(0.05) ? this.#of(TYPES) : type}`)
      if (this.#chance(0.08)) {
        const [name, encoded] = this.#encoded(body)
        body = encoded
        headers.push(`content-encoding: ${name}`)
      }
      if (this.#chance(0.25)) body = this.#mangled(body)
    }
    let framed = body
    if (body !== undefined) {
      if (this.#chance(0.15)) {
        headers.push('transfer-encoding: chunked')
        framed = this.#chunked(body)
      } else
        headers.push(
          `content-length: ${this.#chance(0.03) ? body.length + this.#below(5) - 2 : body.length}`,
        )
    }
    while (this.#chance(0.12)) headers.splice(this.#below(headers.length + 1), 0, this.#of(HEADERS))
    const method = this.#chance(0.03)
      ? this.#of(['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'CONNECT', 'TRACE', 'GET', 'x'])
      : sample.method
    const target = this.#chance(0.05) ? this.#of(TARGETS) : `/v1${sample.path}`
    const version = this.#chance(0.01)
      ? this.#of(['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 ', ''])
      : 'HTTP/1.1'
    const bytes = Buffer.concat([
      Buffer.from(`${method} ${target} ${version}\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1'),
      framed ?? Buffer.alloc(0),
    ])
    return this.#chance(0.02) ? this.#mangled(bytes) : bytes
  }

  #body({ body, form }: SampleRequest): Buffer | undefined {
    if (form !== undefined) return Buffer.from(formBytes(this.#form(form)))
    if (body === undefined) return undefined
    let value: Json = { ...body }
    for (let count = this.#below(4); count > 0; count--) {
      const place: readonly string[] = this.#of(placesIn(value))
      value = this.#chance(0.25)
        ? withAt(value, place, 'x', this.#of(WORDS))
        : withAt(value, place, this.#of(AWKWARD))
    }
    let text = JSON.stringify(value)
    if (this.#chance(0.04))
      text = text.replace('{', `{"model":${JSON.stringify(this.#of(AWKWARD))},`)
    if (this.#chance(0.04))
      text = text.replace('{', `{"__proto__":{"polluted":true},"\\u006dodel":"x",`)
    if (this.#chance(0.03)) text = text.replace('{', `{"x":${'['.repeat(1 + this.#below(30_000))},`)
    if (this.#chance(0.03)) text = text.replace(/:(\d+)/, `:${'9'.repeat(1 + this.#below(400))}`)
    if (this.#chance(0.02)) return Buffer.from(text, this.#of(['utf16le', 'latin1'] as const))
    return Buffer.from(this.#chance(0.02) ? `\ufeff${text}` : text)
  }

  #form(form: NonNullable<SampleRequest['form']>): NonNullable<SampleRequest['form']> {
    const fields = [...form]
    for (let count = this.#below(3); count > 0; count--) {
      const at = this.#below(fields.length)
      const [name, value] = fields[at]!
      const word = this.#of(WORDS)
      const changed = this.#of([
        [name, word],
        [word, value],
        [`${name}[]`, value],
        [name, [word, 'x']],
        [name, '9'.repeat(400)],
        [`${name}"; x="`, value],
      ] as const)
      if (this.#chance(0.2)) fields.push(changed)
      else fields[at] = changed
    }
    return fields
  }

  #encoded(body: Buffer): [string, Buffer] {
    const [name, encode] = this.#of<[string, (bytes: Buffer) => Buffer]>([
      ['gzip', (bytes) => gzipSync(bytes)],
      ['zstd', (bytes) => zstdCompressSync(bytes)],
      ['br', (bytes) => brotliCompressSync(bytes)],
      ['deflate', (bytes) => deflateSync(bytes)],
      ['gzip, zstd', (bytes) => zstdCompressSync(gzipSync(bytes))],
      ['gzip', (bytes) => bytes],
      ['zstd', (bytes) => bytes],
      ['gzip', () => gzipSync(Buffer.alloc(2_000_000))],
      ['zstd', () => zstdCompressSync(Buffer.alloc(2_000_000))],
    ])
    return [name, encode(body)]
  }

  #mangled(bytes: Buffer): Buffer {
    const at = this.#below(bytes.length)
    switch (this.#below(5)) {
      case 0: {
        const flipped = Buffer.from(bytes)
        for (let count = 1 + this.#below(4); count > 0 && flipped.length > 0; count--) {
          const place = this.#below(flipped.length)
          flipped[place] = flipped[place]! ^ (1 << this.#below(8))
        }
        return flipped
      }
      case 1:
        return bytes.subarray(0, at)
      case 2:
        return Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(this.#of(WORDS)),
          bytes.subarray(at),
        ])
      case 3:
        return Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(Math.max(0, at - this.#below(200))),
        ])
      default:
        return Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(Math.min(bytes.length, at + this.#below(200))),
        ])
    }
  }

  #chunked(body: Buffer): Buffer {
    const pieces: Buffer[] = []
    for (let from = 0; from < body.length;) {
      const length = 1 + this.#below(Math.max(1, body.length / 2))
      const piece = body.subarray(from, from + length)
      const size = this.#chance(0.02)
        ? this.#of(['-1', 'g', 'ffffffffffffffff', '1;x="', ''])
        : piece.length.toString(16)
      pieces.push(
        Buffer.from(`${size}${this.#chance(0.05) ? ';ext=1' : ''}\r\n`),
        piece,
        Buffer.from('\r\n'),
      )
      from += length
    }
    const trailer = this.#chance(0.1) ? '__proto__: x\r\n' : ''
    return Buffer.concat([...pieces, Buffer.from(this.#chance(0.03) ? '' : `0\r\n${trailer}\r\n`)])
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }
}

/** What came back on a connection on which these bytes were written. */
function exchange(
  port: number,
  bytes: Buffer,
): Promise<{ readonly answer: Buffer; readonly isHung: boolean }> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const parts: Buffer[] = []
    let isHung = false
    const idle = setTimeout(() => socket.end(), IDLE_MS)
    const limit = setTimeout(() => {
      isHung = true
      socket.destroy()
    }, MAX_MS)
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      idle.refresh()
    })
    socket.on('end', () => socket.end())
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(idle)
      clearTimeout(limit)
      resolve({ answer: Buffer.concat(parts), isHung })
    })
    socket.write(bytes)
  })
}

/** Statuses that Node itself answers with, without a body. */
const OF_NODE = new Set([400, 408, 417, 431])

function faultOf(answer: Buffer): { readonly status: number; readonly fault: string | undefined } {
  if (answer.length === 0) return { status: 0, fault: undefined }
  const text = answer.toString('latin1').replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
  const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(text)?.[1])
  const at = text.indexOf('\r\n\r\n')
  const head = text.slice(0, at).toLowerCase()
  const body = text.slice(at + 4)
  if (!(status >= 200 && status < 600)) return { status: 0, fault: 'no status' }
  if (status < 300 || body === '' || body === '0\r\n\r\n') {
    const isOurs = head.includes('\r\nx-request-id:')
    return {
      status,
      fault: status < 300 || isOurs || OF_NODE.has(status) ? undefined : 'an empty error',
    }
  }
  if (body.includes('concurrent requests')) return { status, fault: 'a slot was not given back' }
  const isTold =
    /^\{"type":"error","error":\{"type":"\w+","message":"(?:[^"\\]|\\.)+"\}/.test(body) ||
    /^\{"error":\{"message":"(?:[^"\\]|\\.)+","type":"\w+","param":/.test(body) ||
    /^\{"error":\{"code":\d+,"message":"(?:[^"\\]|\\.)+","status":"[A-Z_]+"/.test(body)
  if (!isTold) return { status, fault: `an error in another shape: ${body.slice(0, 100)}` }
  return {
    status,
    fault: /"code":"server_error"|"type":"api_error"/.test(body) ? 'a fault of our own' : undefined,
  }
}

/**
 * Sends mutated requests of every operation over raw sockets. The process lives, each request ends
 * with an answer in the shape of its dialect or, where it is no HTTP, with Node's own, and what it took of
 * the limits is given back.
 */
export async function fuzzClientBodies({
  seed,
  runs,
  handler,
  only,
}: FuzzOptions): Promise<FuzzFigures> {
  const model = handler ?? demo({ tokensPerSecond: 1_000_000 })
  let open = 0
  const counted = (call: Call): Observable<Batch> => {
    open++
    return model(call).pipe(finalize(() => open--))
  }
  const causes: unknown[] = []
  const options: EndpointsOptions = {
    dialects: ['openai', 'anthropic', 'gemini'],
    maxBodyBytes: 1_000_000,
    maxUploadBytes: 100_000,
    bodyTimeoutMs: BODY_TIMEOUT_MS,
    onError: (error) => {
      if (error.code === 'server_error') causes.push(error.cause)
    },
  }
  const limits = rateLimit({ concurrency: 2 * AT_ONCE, keyBy: () => 'everybody' })
  const server: Server = createServer(mount('/v1', limits, endpoints(counted as Handler, options)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const statuses = new Map<string, number>()
  const faults: string[] = []
  let run = only ?? 0
  const end = only === undefined ? runs : only + 1
  const work = async () => {
    while (run < end && faults.length < MAX_FAULTS) {
      const number = run++
      const bytes = new Mutator(randomOf(seed * 1_000_003 + number)).next()
      const { answer, isHung } = await exchange(port, bytes)
      const { status, fault } = isHung ? { status: 0, fault: 'hung' } : faultOf(answer)
      statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1)
      if (fault !== undefined)
        faults.push(
          `#${number} ${fault}: ${JSON.stringify(bytes.toString('latin1').slice(0, 1500))}`,
        )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  for (const cause of causes.slice(0, MAX_FAULTS))
    faults.push(`thrown: ${cause instanceof Error ? cause.stack : JSON.stringify(cause)}`)
  await until(() => open === 0)
  if (open !== 0) faults.push(`${open} calls never ended`)
  if (Object.hasOwn(Object.prototype, 'polluted')) faults.push('Object.prototype was changed')
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return {
    runs: run - (only ?? 0),
    statuses: Object.fromEntries([...statuses].toSorted(([a], [b]) => Number(a) - Number(b))),
    faults,
  }
}
