import { createGate } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import {
  ChatStreamDecoder,
  KnownEvents,
  BufferPool,
  type ChatDecoder,
} from '@sluice/sse-stream/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/support/runs.ts'
import { bytes, cutAt, plainDecoder } from '../support.ts'

const decoder: ChatDecoder = {
  ...plainDecoder,
  isStateless: true,
  decode(json, event) {
    const { id, created, model } = json as ChatCompletionChunk
    return plainDecoder.decode(json, event).map((delta) => ({ id, created, model, ...delta }))
  },
}
/** Learns nothing, and so parses every event. */
const parser: ChatDecoder = { ...decoder, verbatim: [] }

function open(own: ChatDecoder, known?: KnownEvents, buffers?: BufferPool): ChatStreamDecoder {
  const envelope = { id: 'chatcmpl-own', created: 1_700_000_000, model: 'own' }
  return new ChatStreamDecoder({
    decoder: own,
    envelope,
    gate: createGate(),
    includeUsage: true,
    known,
    buffers,
  })
}

/** What a stream said so far, in a form to compare. */
class Reading {
  readonly #translator: ChatStreamDecoder
  readonly #chunks: unknown[] = []
  /** Each byte as a character, so that nothing is mended in between. */
  #bytes = ''
  #said = ''

  constructor(translator: ChatStreamDecoder) {
    this.#translator = translator
  }

  push(piece: Uint8Array): void {
    this.#take(this.#translator.push(piece))
  }

  result(): unknown {
    if (this.#translator.failure === undefined)
      for (const batch of this.#translator.end()) this.#take(batch)
    return {
      chunks: this.#chunks,
      bytes: this.#bytes,
      said: this.#said,
      failure: this.#translator.failure?.message,
    }
  }

  #take(batch: ReturnType<ChatStreamDecoder['push']>): void {
    if (batch === undefined) return
    // What is told without parsing, and what the bytes say.
    this.#said += batch.text()
    this.#bytes += Buffer.from(batch.bytes).toString('latin1')
    const events = new TextDecoder().decode(batch.bytes).split('\n\n').filter(Boolean)
    const written = events.map((event) => JSON.parse(event.slice(6)) as unknown)
    expect(batch.chunks()).toEqual(written)
    this.#chunks.push(...written)
  }
}

function read(translator: ChatStreamDecoder, pieces: readonly Uint8Array[]): unknown {
  const reading = new Reading(translator)
  for (const piece of pieces) reading.push(piece)
  return reading.result()
}

const parsed = (stream: Uint8Array) => read(open(parser), [stream])

function event(id: string, created: number, delta: string, finish = 'null', more = ''): string {
  const head = `"id":"${id}","object":"chat.completion.chunk","created":${created},"model":"m-2024"`
  return `data: {${head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]${more}}\n\n`
}

interface Shape {
  /** As JSON has them, quotes and all. */
  readonly words: readonly string[]
  /** What each event is padded with. */
  readonly padding?: readonly string[] | undefined
}

function streamOf(id: string, created: number, { words, padding }: Shape): Uint8Array {
  const more = (at: number) =>
    padding === undefined ? '' : `,"obfuscation":"${padding[at % padding.length]}"`
  const events = words.map((word, at) =>
    event(id, created, `{"content":${word}}`, 'null', more(at)),
  )
  return bytes(
    [
      event(id, created, '{"role":"assistant","content":"","refusal":null}', 'null', more(1)),
      ...events,
      event(id, created, '{}', '"stop"', more(2)),
      'data: [DONE]\n\n',
    ].join(''),
  )
}

const plainWord = fc.oneof(
  fc.constantFrom(
    '',
    ' plain',
    '{"id":"chatcmpl-x"}',
    '"content":"',
    '\\',
    '"',
    '}\n\ndata: [DONE]\n\n',
    'Olé 你好 😀',
    '\u0001',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
/** Written as we would not write them. */
const oddWord = fc.constantFrom(
  '\\u00e9',
  '\\/',
  '\\u000a',
  '\\u001F',
  '\\ud83d\\ude00',
  '\\ud800',
  '\\u003cb\\u003e',
  ' \\u0041',
)
const word = fc.oneof(
  { weight: 4, arbitrary: plainWord.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: oddWord.map((text) => `"${text}"`) },
)
const shape: fc.Arbitrary<Shape> = fc.record({
  words: fc.array(word, { minLength: 1, maxLength: 12 }),
  padding: fc.option(
    fc.array(fc.constantFrom('a', 'bcd', 'efghij'), { minLength: 1, maxLength: 3 }),
    {
      nil: undefined,
    },
  ),
})
const id = fc.constantFrom(
  'chatcmpl-1',
  'chatcmpl-22',
  'chatcmpl-with-a-rather-long-name-of-its-own',
  'x',
  'é',
  'a\\"b',
)
const created = fc.constantFrom(1_700_000_000, 1_700_000_001, 9, 12_345_678_901)
const cuts = fc.array(fc.nat(6000), { maxLength: 6 })

// With buffers, what is alike in a burst is compared elsewhere.
describe.each([
  ['event by event', undefined],
  ['in bursts', new BufferPool()],
])('EventTemplate, %s,', (_name, buffers) => {
  const readKnown = (known: KnownEvents, pieces: readonly Uint8Array[]) =>
    read(open(decoder, known, buffers), pieces)

  it('says what parsing every event says, in one stream after another', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(id, created, shape, cuts), { minLength: 1, maxLength: 5 }),
        (streams) => {
          const known = new KnownEvents()
          for (const [own, time, form, offsets] of streams) {
            const stream = streamOf(own, time, form)
            expect(readKnown(known, cutAt(stream, offsets))).toEqual(parsed(stream))
          }
        },
      ),
      { numRuns: runs(300) },
    )
  })

  it('notices any byte that is another, in the first stream and in those that are known by it', () => {
    fc.assert(
      fc.property(
        shape,
        fc.nat(),
        fc.nat(255),
        cuts,
        fc.boolean(),
        (form, where, byte, offsets, isKnown) => {
          const known = new KnownEvents()
          if (isKnown) readKnown(known, [streamOf('chatcmpl-0', 1_600_000_000, form)])
          const stream = streamOf('chatcmpl-1', 1_700_000_000, form)
          stream[where % stream.length] = byte
          expect(readKnown(known, cutAt(stream, offsets))).toEqual(parsed(stream))
        },
      ),
      { numRuns: runs(3000) },
    )
  })

  it('notices each byte of a running event', () => {
    const known = new KnownEvents()
    const words = Array.from('abcdefghijkl', (letter) => `"${letter}"`)
    readKnown(known, [streamOf('chatcmpl-0', 1_600_000_000, { words })])
    const stream = streamOf('chatcmpl-1', 1_700_000_000, { words })
    const length = event('chatcmpl-1', 1_700_000_000, '{"content":"a"}').length
    const start =
      stream.length - 14 - event('chatcmpl-1', 1_700_000_000, '{}', '"stop"').length - 2 * length
    for (let at = start; at < start + length; at++) {
      for (const byte of [stream[at]! ^ 1, stream[at]! ^ 0x80, 0x0a, 0x22]) {
        const changed = stream.slice()
        changed[at] = byte
        expect(readKnown(known, [changed])).toEqual(parsed(changed))
      }
    }
  })

  it('tells a stream of another id in the middle of one, and two that take turns', () => {
    fc.assert(
      fc.property(shape, shape, fc.nat(12), cuts, (one, other, at, offsets) => {
        const known = new KnownEvents()
        readKnown(known, [streamOf('chatcmpl-0', 1_600_000_000, one)])
        const text = new TextDecoder().decode(streamOf('chatcmpl-1', 1_700_000_000, one))
        const events = text.split(/(?<=\n\n)(?=data: )/)
        const foreign = event('chatcmpl-2', 1_700_000_000, '{"content":"foreign"}')
        const mixed = bytes(
          [...events.slice(0, at), foreign, foreign, ...events.slice(at)].join(''),
        )
        expect(readKnown(known, cutAt(mixed, offsets))).toEqual(parsed(mixed))

        const streams = [
          streamOf('chatcmpl-3', 1_700_000_003, one),
          streamOf('chatcmpl-4', 1_700_000_004, other),
        ]
        const pieces = streams.map((stream) => cutAt(stream, offsets))
        const readings = streams.map(() => new Reading(open(decoder, known, buffers)))
        for (let turn = 0; turn <= offsets.length; turn++) {
          for (const [index, reading] of readings.entries()) {
            const piece = pieces[index]![turn]
            if (piece !== undefined) reading.push(piece)
          }
        }
        expect(readings.map((reading) => reading.result())).toEqual(streams.map(parsed))
      }),
      { numRuns: runs(300) },
    )
  })
})
