import assert from 'node:assert/strict'
import type { ChatCompletionChunk, ToolCallDelta } from '@sluice/core/wire'
import { frameEvents, type Framing } from '../fault-vendor/frame-events.ts'
import type { ProviderFixture } from '../fixtures/provider-fixture.ts'
import { splitAtEvents, splitAtRandom, splitEvery } from '../fuzzing/split-bytes.ts'
import { asStream, chatParams, hasGoodStream } from './chat-params.ts'
import { decodeStream, isFinished, type DecodedStream } from './decode-stream.ts'
import type { ChatUnderTest, FixtureLaw, ProviderSubject } from './provider-subject.ts'

/** A stream of at most so many bytes is split at every single position. */
const SMALL_BYTES = 4096
const RANDOM_SPLITS = 20
const FRAMINGS: readonly Framing[] = [
  { lineEnd: '\n' },
  { lineEnd: '\r\n' },
  { lineEnd: '\r' },
  { byteOrderMark: true },
  { comments: 1 },
  { multiLine: true },
  { finalBlankLine: false },
  { lineEnd: '\r\n', byteOrderMark: true, comments: 2, multiLine: true, finalBlankLine: false },
]

/** What holds of every stream, however its bytes come. They need no socket. */
export const streamLaws: readonly FixtureLaw[] = [
  {
    name: 'gives the same chunks for any split of the bytes',
    applies: (fixture) => fixture.upstream.stream !== undefined,
    check(subject, fixture) {
      const bytes = fixture.upstream.stream!
      const whole = outcome(read(subject, fixture, [bytes]))
      const wholeText = JSON.stringify(whole)
      const same = (pieces: readonly Uint8Array[], how: string) => {
        const split = outcome(read(subject, fixture, pieces))
        // Text is compared in a tenth of the time; the objects, where they differ, tell where.
        if (JSON.stringify(split) !== wholeText) assert.deepEqual(split, whole, `split ${how}`)
      }
      same(splitEvery(bytes, 1), 'into single bytes')
      for (let round = 0; round < RANDOM_SPLITS; round++) {
        same(
          splitAtRandom(bytes, subject.seed + round),
          `at random with the seed ${subject.seed + round}`,
        )
      }
      if (bytes.length > SMALL_BYTES) return
      for (let at = 1; at < bytes.length; at++)
        same([bytes.subarray(0, at), bytes.subarray(at)], `at byte ${at}`)
    },
  },
  {
    name: 'reads the same events in every framing',
    applies: (fixture) => fixture.upstream.stream !== undefined,
    check(subject, fixture) {
      const bytes = fixture.upstream.stream!
      const whole = outcome(read(subject, fixture, [bytes]))
      const text = new TextDecoder().decode(bytes).replace(/\r\n?/g, '\n')
      for (const framing of FRAMINGS) {
        const framed = new TextEncoder().encode(frameEvents(text.split(/(?<=\n\n)/), framing))
        assert.deepEqual(outcome(read(subject, fixture, [framed])), whole, JSON.stringify(framing))
      }
    },
  },
  {
    name: 'has one id, one model and one time, and each choice one role and one finish reason, the last thing it says',
    applies: hasGoodStream,
    check(subject, fixture) {
      const { chunks } = read(subject, fixture, [fixture.upstream.stream!])
      assert.ok(chunks.length > 0, 'there are chunks')
      for (const field of ['id', 'model', 'created', 'object'] as const) {
        assert.equal(new Set(chunks.map((chunk) => chunk[field])).size, 1, `one ${field}`)
      }
      for (const index of new Set(
        chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.index)),
      )) {
        assertChoice(chunks, index)
      }
    },
  },
  {
    name: 'tells the usage last, and only where it was asked for',
    applies: hasGoodStream,
    check({ spec }, fixture) {
      const pieces = [fixture.upstream.stream!]
      const usageAt = (chunks: readonly ChatCompletionChunk[]) =>
        chunks.flatMap((chunk, at) =>
          chunk.choices.length === 0 || (chunk.usage ?? null) !== null ? [at] : [],
        )
      const asked = decodeStream(spec.chat!, asStream(fixture, true), pieces).chunks
      const places = usageAt(asked)
      assert.ok(places.length <= 1, 'at most one usage chunk')
      if (places.length === 1) {
        assert.equal(places[0], asked.length - 1, 'the usage chunk is the last')
        assert.deepEqual(asked.at(-1)!.choices, [], 'the usage chunk has no choices')
      }
      const unasked = decodeStream(spec.chat!, asStream(fixture, false), pieces).chunks
      assert.deepEqual(usageAt(unasked), [], 'no usage where it was not asked for')
    },
  },
  {
    name: 'ignores events that it does not know',
    applies: hasGoodStream,
    check(subject, fixture) {
      const events = splitAtEvents(fixture.upstream.stream!)
      const unknown = new TextEncoder().encode(
        'event: sluice.unknown\ndata: {"type":"sluice.unknown","detail":{"number":1}}\n\n: a comment\n\n',
      )
      const mixed = [unknown, ...events.flatMap((event) => [event, unknown])]
      assert.deepEqual(
        outcome(read(subject, fixture, mixed)),
        outcome(read(subject, fixture, events)),
      )
    },
  },
  {
    name: 'takes a stream that was cut off for a failure, wherever it was cut',
    applies: hasGoodStream,
    check(subject, fixture) {
      const events = splitAtEvents(fixture.upstream.stream!)
      const complete = read(subject, fixture, events).chunks
      for (let kept = 0; kept < events.length; kept++) {
        const whole = events.slice(0, kept)
        const torn = [...whole, events[kept]!.subarray(0, events[kept]!.length / 2)]
        for (const pieces of [whole, torn]) {
          const { chunks, failure } = read(subject, fixture, pieces)
          const where = `cut ${pieces === torn ? 'in' : 'before'} event ${kept + 1} of ${events.length}`
          assert.deepEqual(chunks, complete.slice(0, chunks.length), `${where} says something else`)
          if (isFinished(chunks)) {
            assert.equal(said(chunks), said(fixture.chunks!), `${where} looks whole, but is not`)
            continue
          }
          assert.ok(failure, `${where} looks like a good end`)
          assert.ok(failure.status >= 500, `${where} is no fault of the client's`)
        }
      }
    },
  },
]

function read(
  subject: ProviderSubject,
  fixture: ProviderFixture,
  pieces: readonly Uint8Array[],
): DecodedStream {
  const chat: ChatUnderTest = subject.spec.chat!
  return decodeStream(chat, { ...chatParams(fixture), stream: true }, pieces)
}

function said(chunks: readonly ChatCompletionChunk[]): number {
  return chunks.filter((chunk) => chunk.choices.length > 0).length
}

function outcome({ chunks, failure }: DecodedStream): unknown {
  return { chunks, failure: failure?.toBody() }
}

function assertChoice(chunks: readonly ChatCompletionChunk[], index: number): void {
  const parts = chunks.flatMap((chunk) => chunk.choices.filter((choice) => choice.index === index))
  assert.equal(parts[0]!.delta.role, 'assistant', `choice ${index} begins with its role`)
  assert.equal(
    parts.filter((part) => part.delta.role !== undefined).length,
    1,
    `choice ${index} says its role once`,
  )
  assert.deepEqual(
    parts.flatMap((part, at) => (part.finish_reason === null ? [] : [at])),
    [parts.length - 1],
    `choice ${index} ends once, and says nothing behind it`,
  )
  assertCalls(parts.flatMap((part) => part.delta.tool_calls ?? []))
}

function assertCalls(parts: readonly ToolCallDelta[]): void {
  const seen: number[] = []
  for (const { index, id, type, function: fn } of parts) {
    if (seen.includes(index)) {
      assert.equal(id ?? fn?.name, undefined, `call ${index} is named once`)
      continue
    }
    assert.equal(index, seen.length, 'calls are counted from 0 in the order in which they come')
    seen.push(index)
    assert.ok(
      id !== undefined && id !== '' && type === 'function' && fn?.name,
      `call ${index} begins with id, type and name`,
    )
  }
  const ids = parts.flatMap((part) => (part.id === undefined ? [] : [part.id]))
  assert.equal(new Set(ids).size, ids.length, 'every call has an id of its own')
}
