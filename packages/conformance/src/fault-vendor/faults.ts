import { gzipSync } from 'node:zlib'
import { faultResponse, faultHead, faultStream, type FaultStep } from './fault-step.ts'
import { frameEvents } from './frame-events.ts'
import type { RawRequest } from './read-request.ts'

/**
 * What a vendor that behaves would say: the events of its stream, each with its blank line, and its
 * whole answer.
 */
export interface FaultSample {
  readonly events: readonly string[]
  readonly document: string
}

/** Decides what is done for a request. */
export type Fault = (request: RawRequest, sample: FaultSample) => readonly FaultStep[]

const streamed = (request: RawRequest): boolean =>
  /"stream"\s*:\s*true/.test(Buffer.from(request.body).toString()) ||
  request.path.includes('stream')
const half = (sample: FaultSample): readonly string[] =>
  sample.events.slice(0, Math.ceil(sample.events.length / 2))
const MEGABYTE = 'x'.repeat(1024 * 1024)

/** A good answer: streamed or whole, as was asked for. */
const ok: Fault = (request, sample) =>
  streamed(request) ? faultStream(sample.events) : faultResponse(200, sample.document)
/** A stream that stops half-way, in the given manner. */
const brokenBy =
  (...end: readonly FaultStep[]): Fault =>
  (request, sample) =>
    streamed(request)
      ? faultStream(half(sample), { finally: end })
      : [
          {
            do: 'send',
            bytes: faultHead(200, {
              'content-type': 'application/json',
              'content-length': String(sample.document.length),
            }),
          },
          { do: 'send', bytes: sample.document.slice(0, sample.document.length / 2) },
          ...end,
        ]
const whole =
  (
    status: number,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): Fault =>
  () =>
    faultResponse(status, body, headers)
const events =
  (change: (sample: FaultSample) => readonly string[]): Fault =>
  (_request, sample) =>
    faultStream(change(sample))
const framed = (options: Parameters<typeof frameEvents>[1]): Fault =>
  events((sample) => [frameEvents(sample.events, options)])
const failure = (type: string, message: string): string =>
  JSON.stringify({ error: { message, type, param: null, code: null } })

/**
 * Everything that a vendor can do wrong, and some that it may do though few do, by name.
 * `status-<n>` answers with that status.
 */
export const faults: Readonly<Record<string, Fault>> = {
  ok,
  'reset-before-head': () => [{ do: 'reset' }],
  'reset-mid-answer': brokenBy({ do: 'wait', ms: 5 }, { do: 'reset' }),
  'half-close-before-head': () => [{ do: 'half-close' }],
  'half-close-mid-answer': brokenBy({ do: 'half-close' }),
  'stall-before-head': () => [{ do: 'stall' }],
  'stall-after-head': () => [
    { do: 'send', bytes: faultHead(200, { 'content-type': 'text/event-stream' }) },
    { do: 'stall' },
  ],
  'stall-mid-answer': brokenBy({ do: 'stall' }),
  'end-mid-stream': events(half),
  'content-length-too-long': (_request, sample) => [
    ...faultResponse(200, sample.document, {
      'content-length': String(sample.document.length + 10),
    }),
    { do: 'half-close' },
  ],
  'content-length-too-short': (_request, sample) =>
    faultResponse(200, sample.document, { 'content-length': String(sample.document.length - 10) }),
  'content-length-twice': (_request, sample) => [
    {
      do: 'send',
      bytes: `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n${sample.document}`,
    },
    { do: 'half-close' },
  ],
  'header-too-large': whole(200, '{}', { 'x-large': MEGABYTE }),
  'interim-flood': (request, sample) => [
    { do: 'send', bytes: 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', times: 1000 },
    ...ok(request, sample),
  ],
  redirect: whole(307, '', { location: 'http://127.0.0.1:9/elsewhere' }),
  empty: whole(200, ''),
  'empty-object': whole(200, '{}'),
  html: whole(200, '<html><body><h1>Please sign in</h1></body></html>', {
    'content-type': 'text/html',
  }),
  'html-502': whole(502, '<html><body><h1>502 Bad Gateway</h1></body></html>', {
    'content-type': 'text/html',
  }),
  'truncated-json': (_request, sample) => faultResponse(200, sample.document.slice(0, -12)),
  'wrong-content-type': (_request, sample) =>
    faultResponse(200, sample.document, { 'content-type': 'text/plain' }),
  gzip: (request, sample) =>
    streamed(request)
      ? faultStream([gzipSync(sample.events.join(''))], { headers: { 'content-encoding': 'gzip' } })
      : faultResponse(200, gzipSync(sample.document), { 'content-encoding': 'gzip' }),
  'gzip-that-is-none': (_request, sample) =>
    faultResponse(200, sample.document, { 'content-encoding': 'gzip' }),
  'error-in-200': whole(200, failure('server_error', 'The model is on fire.')),
  'rate-limited': whole(429, failure('requests', 'Slow down.'), { 'retry-after': '7' }),
  'json-for-stream': (_request, sample) => faultResponse(200, sample.document),
  'stream-for-json': (_request, sample) => faultStream(sample.events),
  'empty-stream': events(() => []),
  'only-the-end': events((sample) => sample.events.slice(-1)),
  'error-first': events(() => [`data: ${failure('rate_limit_error', 'Slow down.')}\n\n`]),
  'error-mid-stream': events((sample) => [
    ...half(sample),
    `data: ${failure('server_error', 'The model is on fire.')}\n\n`,
  ]),
  'not-json-mid-stream': events((sample) => [...half(sample), 'data: {"choices": [\n\n']),
  'html-mid-stream': events((sample) => [...half(sample), '<html><body>502</body></html>\n\n']),
  'unknown-events': events((sample) =>
    sample.events.flatMap((event) => ['event: whatever\ndata: {"type":"whatever"}\n\n', event]),
  ),
  'without-end': events((sample) => sample.events.slice(0, -1)),
  'more-after-end': events((sample) => [...sample.events, ...sample.events]),
  'one-byte-at-a-time': (_request, sample) => faultStream(sample.events, { everyBytes: 1 }),
  slow: (_request, sample) => faultStream(sample.events, { between: { do: 'wait', ms: 50 } }),
  'all-at-once': events((sample) => [sample.events.join('')]),
  crlf: framed({ lineEnd: '\r\n' }),
  cr: framed({ lineEnd: '\r' }),
  'byte-order-mark': framed({ byteOrderMark: true }),
  comments: framed({ comments: 2 }),
  'multi-line-data': framed({ multiLine: true }),
  'without-final-blank-line': framed({ finalBlankLine: false }),
  'comment-flood': (_request, sample) => [
    ...faultStream(half(sample), {
      finally: [{ do: 'send', bytes: `1f40\r\n${': wait\n\n'.repeat(1000)}\r\n`, times: 1000 }],
    }),
    { do: 'half-close' },
  ],
  'endless-line': (_request, sample) =>
    faultStream(half(sample), {
      finally: [
        { do: 'send', bytes: '6\r\ndata: \r\n' },
        { do: 'send', bytes: `100000\r\n${MEGABYTE}\r\n`, times: 100 },
        { do: 'half-close' },
      ],
    }),
}

/** The fault of a name: one of the table, or a bare status. */
export function faultNamed(name: string, more: Readonly<Record<string, Fault>> = {}): Fault {
  const known = more[name] ?? faults[name]
  if (known !== undefined) return known
  const status = Number(/^status-(\d{3})$/.exec(name)?.[1])
  if (status >= 200)
    return whole(status, failure('server_error', `Status ${status}, as asked for.`))
  const names = Object.keys({ ...faults, ...more }).join(', ')
  return whole(
    500,
    failure(
      'invalid_request_error',
      `There is no fault named ${name}; there are: ${names}, status-<n>.`,
    ),
  )
}
