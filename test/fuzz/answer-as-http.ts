import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

/** What a careless vendor writes to its socket, and how it leaves. */
export interface VendorBytes {
  readonly pieces: readonly Buffer[]
  /** `stall`: it falls silent with the connection open. */
  readonly ending: 'end' | 'keep-alive' | 'reset' | 'stall'
}

type Random = () => number

/** Stands in an answer that nobody asked for. No client may ever get it. */
export const POISON = 'nobody-asked-for-this'

const STATUSES = [
  100, 101, 102, 103, 199, 204, 205, 206, 299, 301, 304, 307, 308, 400, 401, 402, 403, 404, 408,
  409, 413, 418, 422, 429, 449, 499,
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
  'audio/mpeg',
  'application/json; charset=utf-16',
  'TEXT/EVENT-STREAM;',
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
  'x-longer: ' + 'x'.repeat(40_000),
  'connection: close',
  'connection: upgrade\r\nupgrade: websocket',
  'keep-alive: timeout=__proto__',
  'keep-alive: timeout=0',
  'location: http://127.0.0.1:9/',
  'content-length: 3',
  'content-length: -1',
  'content-length: 99999999999999999999',
  'content-length: 5, 5',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip',
  'transfer-encoding: __proto__',
  'content-type: x\r\ncontent-type: application/json',
  'content-encoding: gzip\r\ncontent-encoding: br',
  'no colon',
  ' folded: x',
  'a b: c',
  ': x',
  'x: \u0000',
  'x: é',
  Array.from({ length: 300 }, (_, at) => `x-${at}: y`).join('\r\n'),
  'trailer: __proto__',
]
const LINES = [
  'HTTP/1.0 200 OK',
  'HTTP/1.1 200',
  'http/1.1 200 OK',
  'HTTP/1.1 20',
  'HTTP/2 200 OK',
  'HTTP/1.1 -1 X',
  '',
]
const BEFORE = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n',
  '\r\n\r\n',
  '\u0015\u0003\u0003\u0000\u0002\u0002\u0016',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '<html>',
]
const UNASKED = [
  `HTTP/1.1 200 OK\r\ncontent-length: ${POISON.length}\r\n\r\n${POISON}`,
  `HTTP/1.1 200 OK\r\ncontent-length: ${POISON.length + 16}\r\n\r\n{"object":"x","${POISON}":1}`.slice(
    0,
    -1,
  ),
  POISON,
]

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

/**
 * Makes a reply of HTTP of a body, mostly a good one, cut into pieces, and says how its connection
 * ends.
 */
export function answerAsHttp(plain: Buffer, ownType: string, random: Random): VendorBytes {
  const odd = random()
  const status = odd < 0.8 ? 200 : pick(random, odd < 0.93 ? STATUSES : FAILED)
  const type = random() < 0.93 ? ownType : pick(random, TYPES)
  const lines = [`HTTP/1.1 ${status} X`, `content-type: ${type}`]
  let bytes = plain
  if (random() < 0.08) {
    const encoding = pick(random, ENCODINGS)
    if (random() < 0.7) bytes = encoded(plain, encoding)
    lines.push(`content-encoding: ${encoding}`)
  }
  let isPlain = true
  for (; random() < 0.08; isPlain = false) lines.push(pick(random, HEADERS))
  if (random() < 0.01) lines[0] = pick(random, LINES)
  const framing = random()
  const isChunked = framing < 0.6
  if (isChunked) lines.push('transfer-encoding: chunked')
  else if (framing < 0.92) lines.push(`content-length: ${bytes.length}`)
  else if (framing < 0.95) lines.push(`content-length: ${bytes.length + 7}`)
  const lineEnd = random() < 0.01 ? '\n' : '\r\n'
  const before = random() < 0.02 ? pick(random, BEFORE) : ''
  const head = Buffer.from(`${before}${lines.join(lineEnd)}${lineEnd}${lineEnd}`, 'latin1')
  const pieces: Buffer[] = [head]
  const cuts = 1 + Math.floor(random() * 4)
  for (let cut = 0, from = 0; cut < cuts; cut++) {
    const to = cut === cuts - 1 ? bytes.length : from + Math.floor(random() * (bytes.length - from))
    const piece = bytes.subarray(from, to)
    from = to
    if (piece.length > 0) pieces.push(isChunked ? chunked(piece, random) : piece)
  }
  const ending = endingOf(framing < 0.92, random())
  if (isChunked && ending !== 'stall' && random() < 0.95) pieces.push(Buffer.from('0\r\n\r\n'))
  // Only where all see that the answer is over there.
  if (isPlain && framing < 0.92 && random() < 0.02)
    pieces.push(Buffer.concat([pieces.pop()!, Buffer.from(pick(random, UNASKED))]))
  if (ending !== 'stall' && ending !== 'reset') return { pieces, ending }
  // Who has said all that was announced, and keeps the connection, has not fallen silent.
  const dropped = pieces.splice(1 + Math.floor(random() * (pieces.length - 1)))
  return { pieces, ending: ending === 'stall' && dropped.length === 0 ? 'end' : ending }
}

function endingOf(isFramed: boolean, leaving: number): VendorBytes['ending'] {
  if (leaving < 0.84) return isFramed ? 'keep-alive' : 'end'
  if (leaving < 0.9) return 'end'
  return leaving < 0.97 ? 'reset' : 'stall'
}

function encoded(plain: Buffer, encoding: string): Buffer {
  switch (encoding) {
    case 'gzip':
    case 'GZIP':
      return gzipSync(plain)
    case 'br':
      return brotliCompressSync(plain)
    case 'deflate':
      return deflateSync(plain)
    default:
      return plain
  }
}

function chunked(piece: Buffer, random: Random): Buffer {
  const size =
    random() < 0.01
      ? pick(random, ['-1', 'g', 'ffffffffffffffff', '', '0'])
      : piece.length.toString(16)
  return Buffer.concat([
    Buffer.from(`${size}${random() < 0.02 ? ';x="' : ''}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ])
}
