import { gzipSync } from 'node:zlib'
import type { SampleAnswer, SampleEvent } from './sample-answers.ts'
import { placesIn, withAt, type Json } from './sample-requests.ts'

/** What a careless vendor writes to its socket, and how it leaves. */
export interface VendorBytes {
  readonly pieces: readonly Buffer[]
  /** `stall`: it falls silent with the connection open. */
  readonly ending: 'end' | 'keep-alive' | 'reset' | 'stall'
}

type Random = () => number

const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'null',
  '',
  '\u0000',
  '\ud800',
  'stop',
]
const AWKWARD: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  -0,
  1.5,
  1e308,
  2 ** 53 + 2,
  [],
  {},
  [null],
  [[]],
  ['x'],
  { a: null },
  { __proto__: null, toString: 1, valueOf: 1 },
  '\ufeffx',
  'x'.repeat(70_000),
  'data: [DONE]\n\n',
  '\n\nevent: error\r\r',
  '{"a":1}',
  ...WORDS,
]
const DEEP = '['.repeat(20_000) + ']'.repeat(20_000)
const STATUSES = [
  100, 101, 103, 199, 204, 206, 299, 301, 304, 308, 400, 401, 403, 404, 408, 413, 418, 422, 429, 449, 499,
]
const FAILED = [500, 501, 502, 503, 504, 529, 599, 600, 699, 999]
const ENCODINGS = [
  'gzip',
  'br',
  'deflate',
  'zstd',
  '__proto__',
  'constructor',
  'identity',
  'GZIP',
  'gzip, gzip',
  '',
  'x',
]
const TYPES = [
  'application/json',
  'text/event-stream',
  'text/html',
  'text/plain',
  '',
  '__proto__',
  'application/octet-stream',
]
const HEADERS = [
  'retry-after: -1',
  'retry-after: 1e99',
  'retry-after: constructor',
  'retry-after-ms: 99999999999999',
  'x-ratelimit-reset-requests: __proto__',
  '__proto__: x',
  'set-cookie: a=b',
  'x-long: ' + 'x'.repeat(4000),
  'connection: close',
  'keep-alive: timeout=__proto__',
  'location: http://127.0.0.1:9/',
]

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

/** Makes what a vendor writes in the place of a well-formed answer. The same numbers give the same bytes. */
export function mutateAnswer(sample: SampleAnswer, random: Random): VendorBytes {
  const changes = 1 + Math.floor(random() * 3)
  let document = sample.document
  let events: readonly SampleEvent[] | undefined = sample.events
  let isDeep = false
  for (let change = 0; change < changes; change++) {
    const kind = random()
    if (document !== undefined && kind < 0.6) document = changedValue(document, random)
    else if (events !== undefined && kind < 0.4) events = changedEvent(events, random)
    else if (events !== undefined && kind < 0.65) events = reordered(events, random)
    else if (kind > 0.97) isDeep = true
  }
  let text = document === undefined ? eventText(sample, events!) : JSON.stringify(document)
  if (isDeep) text = text.replace(/:(?:"[^"]*"|\d+|null)/, `:${DEEP}`)
  let bytes: Buffer = Buffer.from(text)
  if (random() < 0.25) bytes = flipped(bytes, random)
  return asHttp(bytes, events === undefined ? 'application/json' : 'text/event-stream', random)
}

function changedValue(value: Json, random: Random): Json {
  const places = placesIn(value)
  const place = pick(random, places.length === 0 ? [[]] : places)
  return withAt(value, place, pick(random, AWKWARD), random() < 0.15 ? pick(random, WORDS) : undefined)
}

function changedEvent(events: readonly SampleEvent[], random: Random): SampleEvent[] {
  const at = Math.floor(random() * events.length)
  return events.map((event, index) => {
    if (index !== at) return event
    if (random() < 0.1) return { ...event, name: pick(random, [...WORDS, 'error', 'ping']) }
    return { ...event, data: changedValue(event.data, random) }
  })
}

function reordered(events: readonly SampleEvent[], random: Random): SampleEvent[] {
  const changed = [...events]
  if (changed.length < 2) return changed
  const at = Math.floor(random() * changed.length)
  const kind = random()
  if (kind < 0.35) changed.splice(at, 1)
  else if (kind < 0.65) changed.splice(at, 0, changed[at]!)
  else changed.splice(Math.floor(random() * changed.length), 0, ...changed.splice(at, 1))
  return changed
}

function eventText({ lineEnd = '\n', last = '' }: SampleAnswer, events: readonly SampleEvent[]): string {
  const frames = events.map(({ name, data }) => {
    const event = name === undefined ? '' : `event: ${name}${lineEnd}`
    return `${event}data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`
  })
  return frames.join('') + last
}

function flipped(bytes: Buffer, random: Random): Buffer {
  if (random() < 0.4) return bytes.subarray(0, Math.floor(random() * bytes.length))
  const changed = Buffer.from(bytes)
  for (let times = 1 + Math.floor(random() * 4); times > 0 && changed.length > 0; times--) {
    changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256)
  }
  return changed
}

function asHttp(plain: Buffer, ownType: string, random: Random): VendorBytes {
  const odd = random()
  const status = odd < 0.8 ? 200 : pick(random, odd < 0.93 ? STATUSES : FAILED)
  const type = random() < 0.93 ? ownType : pick(random, TYPES)
  const lines = [`HTTP/1.1 ${status} X`, `content-type: ${type}`]
  let bytes = plain
  if (random() < 0.08) {
    const encoding = pick(random, ENCODINGS)
    if (encoding === 'gzip' && random() < 0.7) bytes = gzipSync(plain)
    lines.push(`content-encoding: ${encoding}`)
  }
  if (random() < 0.08) lines.push(pick(random, HEADERS))
  const framing = random()
  const isChunked = framing < 0.6
  if (isChunked) lines.push('transfer-encoding: chunked')
  else if (framing < 0.92) lines.push(`content-length: ${bytes.length}`)
  else if (framing < 0.95) lines.push(`content-length: ${bytes.length + 7}`)
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  const pieces: Buffer[] = [head]
  const cuts = 1 + Math.floor(random() * 4)
  for (let cut = 0, from = 0; cut < cuts; cut++) {
    const to = cut === cuts - 1 ? bytes.length : from + Math.floor(random() * (bytes.length - from))
    const piece = bytes.subarray(from, to)
    from = to
    if (piece.length > 0) pieces.push(isChunked ? chunked(piece) : piece)
  }
  const leaving = random()
  const ending =
    leaving < 0.84
      ? framing < 0.92
        ? 'keep-alive'
        : 'end'
      : leaving < 0.9
        ? 'end'
        : leaving < 0.97
          ? 'reset'
          : 'stall'
  if (isChunked && ending !== 'stall' && random() < 0.95) pieces.push(Buffer.from('0\r\n\r\n'))
  if (ending !== 'stall' && ending !== 'reset') return { pieces, ending }
  // Who has said all that was announced, and keeps the connection, has not fallen silent.
  const dropped = pieces.splice(1 + Math.floor(random() * (pieces.length - 1)))
  return { pieces, ending: ending === 'stall' && dropped.length === 0 ? 'end' : ending }
}

function chunked(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
}
