import { describe, expect, it } from 'vitest'
import { Answer } from './answer.ts'
import { MessageReader } from './http-reader.ts'

const chunked = (events: readonly string[]) =>
  events
    .map(
      (event, at) =>
        `${Buffer.byteLength(event).toString(16)}${at === 1 ? ' ;note="~"' : ''}\r\n${event}\r\n`,
    )
    .join('')
const events = ['data: {"a":"~0 ~1"}\n\n', 'data: {"b":"é~2\\r\\n0\\r\\n"}\n\n']
const head = 'HTTP/1.1 200 OK\r\nX-Note: ~\r\n'
/** With `~` where it is no token: in the head, behind a chunk's size, in the trailer. */
const streamed = (...end: string[]) =>
  Buffer.from(
    `HTTP/1.1 100 Continue\r\n\r\n${head}Transfer-Encoding: chunked\r\n\r\n${chunked([...events, ...end])}0\r\nx-end: ~\r\n\r\n`,
  )
const text = JSON.stringify({ content: '~'.repeat(7) })
const counted = Buffer.from(
  `${head}Content-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
)

const stream = { status: 200, tokens: 3, done: true, keepAlive: true, whole: true }

function seen(reads: readonly Buffer[]) {
  const answer = new Answer()
  const whole = reads.filter((read) => read.length > 0).map((read) => answer.read(read))
  const { status, tokens, done, keepAlive } = answer
  return { status, tokens, done, keepAlive, whole: whole.at(-1) ?? false }
}

describe.each([
  ['a stream', streamed('data: [DONE]\n\n'), stream],
  [
    'a stream whose last event is in the chunk before',
    streamed('data: ~\n\ndata: [DONE]\n\n'),
    { ...stream, tokens: 4 },
  ],
  ['a stream whose last event is in several chunks', streamed('d', 'data: [DONE]\n', '\n'), stream],
  [
    'a body with a length',
    counted,
    { status: 200, tokens: 7, done: false, keepAlive: false, whole: true },
  ],
])('%s', (_name, bytes, expected) => {
  it('is counted alike wherever it is split', () => {
    expect(seen([bytes])).toEqual(expected)
    expect(seen([...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected)
    for (let at = 1; at < bytes.length; at++) {
      for (const to of [at + 1, at + 2, bytes.length]) {
        expect(seen([bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)])).toEqual(
          expected,
        )
      }
    }
  })

  it('is not whole while a byte is missing', () => {
    for (let at = 0; at < bytes.length; at++)
      expect(seen([bytes.subarray(0, at)]).whole).toBe(false)
  })

  it('may not be followed by anything', () => {
    expect(() => seen([Buffer.concat([bytes, Buffer.from('\n')])])).toThrow('after the answer')
  })
})

it.each([
  'data: [DONE]\n',
  'data: [DONE]\n\n\n',
  'data: [DONE]\n\ndata: [DONE]',
  'data:[DONE]\n\n',
])('does not take %j for the end of a stream', (end) => {
  expect(seen([streamed(end)])).toMatchObject({ whole: true, done: false })
})

it.each([
  ['a size that is no number', `${head}transfer-encoding: chunked\r\n\r\nx\r\n`],
  ['a chunk longer than it says', `${head}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`],
  ['an answer of unknown length', `${head}\r\n`],
])('refuses %s', (_name, bytes) => {
  expect(() => seen([Buffer.from(bytes)])).toThrow()
})

it('reads pipelined requests one at a time', () => {
  const bytes = Buffer.from(
    'GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\nPOST /c HTTP/1.1\r\ncontent-length: 2\r\n\r\nok',
  )
  for (let at = 1; at <= bytes.length; at++) {
    const told: string[] = []
    let body = ''
    const reader = new MessageReader({
      head: (text) => void told.push(text.split(' ')[1]!),
      body: (bytes, from, to) => (body += bytes.toString('latin1', from, to)),
    })
    for (let part of [bytes.subarray(0, at), bytes.subarray(at)]) {
      for (let end = reader.read(part); end >= 0; end = reader.read(part)) {
        told.push(body)
        body = ''
        part = part.subarray(end)
      }
    }
    expect(told).toEqual(['/a', '', '/b', '0123456789', '/c', 'ok'])
  }
})
