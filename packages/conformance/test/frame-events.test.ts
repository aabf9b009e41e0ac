import { EventSplitter, parseEvent } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'
import { frameEvents, splitAtEvents, type Framing } from '../src/index.ts'

const events = [
  'data: {"a":1}\n\n',
  'event: named\ndata: {"b":{"c":"\\n\\n"}}\n\n',
  'data: [DONE]\n\n',
]

/**
 * The data of each event, as JSON text without space, by the reader that the whole project uses.
 */
function read(text: string): string[] {
  const found: string[] = []
  const scanner = new EventSplitter(1024)
  const take = (bytes: Uint8Array, start: number, end: number) => {
    const event = parseEvent(Buffer.from(bytes.subarray(start, end)).toString())
    if (event !== undefined) found.push(event.data.replace(/\n/g, ''))
  }
  scanner.push(Buffer.from(text), () => -1, take)
  const rest = scanner.rest()
  if (rest.length > 0) take(rest, 0, rest.length)
  return found
}

describe('frameEvents', () => {
  const framings: readonly (readonly [string, Framing, RegExp])[] = [
    ['nothing', {}, /^data: \{"a":1\}\n\n/],
    [
      'carriage returns and line feeds',
      { lineEnd: '\r\n' },
      /^data: \{"a":1\}\r\n\r\nevent: named\r\n/,
    ],
    ['carriage returns', { lineEnd: '\r' }, /^[^\n]*$/],
    ['a byte-order mark', { byteOrderMark: true }, /^\uFEFFdata/],
    ['comments', { comments: 2 }, /^: still here\n\ndata: [^]*: still here\n\ndata: \[DONE\]/],
    ['data over several lines', { multiLine: true }, /^data: \{\ndata: "a":1\}\n\n/],
    ['no blank line at the end', { finalBlankLine: false }, /\[DONE\]\n$/],
    [
      'all of it',
      { lineEnd: '\r\n', byteOrderMark: true, comments: 1, multiLine: true, finalBlankLine: false },
      /^\uFEFF: still here\r\n/,
    ],
  ]

  it.each(framings)('writes %s, and means the same', (_name, framing, looks) => {
    const text = frameEvents(events, framing)
    expect(text).toMatch(looks)
    expect(read(text)).toEqual(['{"a":1}', '{"b":{"c":"\\n\\n"}}', '[DONE]'])
  })
})

describe('splitAtEvents', () => {
  it.each([['\n'], ['\r\n'], ['\r']] as const)('cuts behind each blank line of %j', (lineEnd) => {
    const bytes = Buffer.from(frameEvents(events, { lineEnd }))
    const pieces = splitAtEvents(bytes).map((piece) => Buffer.from(piece).toString())
    expect(pieces).toEqual(events.map((event) => event.replaceAll('\n', lineEnd)))
  })

  it('keeps what follows the last blank line', () => {
    const pieces = splitAtEvents(Buffer.from('data: 1\n\ndata: 2')).map((piece) =>
      Buffer.from(piece).toString(),
    )
    expect(pieces).toEqual(['data: 1\n\n', 'data: 2'])
  })
})
