import { ApiError, createGate } from '@sluice/core'
import { accumulate, fromEvents, pickText, toReadableStream, toSse } from '@sluice/sse-stream'
import { concatMap, delay, lastValueFrom, of, Subject, toArray } from 'rxjs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  callPart,
  chunk,
  completionOf,
  finish,
  outcomeOf,
  read,
  say,
  think,
  usage,
} from './answers.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const frame = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const DONE = 'data: [DONE]\n\n'
const whole = [
  chunk({ role: 'assistant', content: '' }),
  think('hm'),
  say('Hé'),
  say('llo'),
  callPart(0, '{"a"', 'f'),
  callPart(0, ':1}'),
  finish('tool_calls'),
]
const usageFrame = frame({ ...say(''), choices: [], usage })

describe('fromEvents', () => {
  it('gives the same answer however the bytes are cut', () => {
    const stream = bytes(whole.map(frame).join('') + usageFrame + DONE)
    const expected = read(outcomeOf(fromEvents(of(stream))).values)
    expect(expected[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Héllo',
        reasoning_content: 'hm',
        tool_calls: [{ function: { name: 'f', arguments: '{"a":1}' } }],
      },
    })
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 8 }), (offsets) => {
        const bounds = [0, ...offsets.sort((a, b) => a - b), stream.length]
        const pieces = bounds.slice(1).map((end, at) => stream.slice(bounds[at], end))
        const { values, isComplete } = outcomeOf(fromEvents(of(...pieces)))
        expect(isComplete).toBe(true)
        expect(read(values)).toEqual(expected)
        expect(values.at(-1)?.usage).toEqual(usage)
      }),
    )
  })

  it('reads a web stream, as fetch gives it', async () => {
    const body = toReadableStream(of(...answerOf(['Hel', 'lo'])).pipe(toSse()))
    const answer = await lastValueFrom(fromEvents(new Response(body).body!).pipe(accumulate()))
    const { usage: _usage, ...expected } = completionOf('Hello')
    expect(answer).toEqual(expected)
  })

  it('reads an async iterable no further than the gate allows', async () => {
    let read = 0
    async function* source() {
      for (const piece of [...whole.map(frame), DONE]) {
        read++
        yield bytes(piece)
      }
    }
    const gate = createGate()
    const released = of(undefined).pipe(delay(5))
    const ahead: number[] = []
    await lastValueFrom(
      fromEvents(source(), { gate }).pipe(
        concatMap(() => {
          const release = gate.hold()
          const before = read
          return released.pipe(
            concatMap(() => {
              ahead.push(read - before)
              release()
              return of(undefined)
            }),
          )
        }),
        toArray(),
      ),
    )
    expect(Math.max(...ahead)).toBe(0)
  })

  it('shows the usage chunk where that is asked for', () => {
    const source = of(bytes(frame(say('a')) + frame(finish()) + usageFrame + DONE))
    const shown = outcomeOf(fromEvents(source, { includeUsage: true })).values.flatMap((batch) =>
      batch.chunks(),
    )
    expect(shown.at(-1)).toMatchObject({ choices: [], usage })
    const hidden = outcomeOf(fromEvents(source)).values.flatMap((batch) => batch.chunks())
    expect(hidden.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] })
  })

  it('ends at the end that the vendor says, and lets the source go', () => {
    const source = new Subject<Uint8Array>()
    const outcome = outcomeOf(fromEvents(source).pipe(pickText()))
    source.next(bytes(frame(say('a')) + frame(finish()) + DONE))
    expect(outcome).toEqual({ values: ['a'], error: undefined, isComplete: true })
    expect(source.observed).toBe(false)
  })

  it.each<[string, string, string, unknown]>([
    ['breaks off', frame(say('a')), 'stream_incomplete', undefined],
    ['fails after it has begun', frame(say('a')), 'stream_incomplete', new Error('socket hang up')],
    ['fails before it has begun', '', 'upstream_unreachable', new Error('socket hang up')],
    ['says nothing', '', 'upstream_empty_stream', undefined],
    ['is a page', 'data: <html>\n\n', 'upstream_invalid_response', undefined],
    [
      'says an error',
      frame({ error: { message: 'No more.', type: 'server_error', code: 'overloaded' } }),
      'upstream_error',
      undefined,
    ],
  ])('fails where the stream %s', (_how, text, code, failure) => {
    const source = new Subject<Uint8Array>()
    const { error } = ((outcome) => {
      source.next(bytes(text))
      if (failure === undefined) source.complete()
      else source.error(failure)
      return outcome
    })(outcomeOf(fromEvents(source)))
    expect(ApiError.is(error)).toBe(true)
    expect(error).toMatchObject({ code })
  })

  it('hands on what the vendor says of its error, without secrets', () => {
    const text = frame({
      error: {
        message: 'Bad key sk-abcdefghijklmnopqrstuv',
        type: 'invalid_request_error',
        code: 'bad_key',
      },
    })
    expect(outcomeOf(fromEvents(of(bytes(text)))).error).toMatchObject({
      type: 'invalid_request_error',
      wireCode: 'bad_key',
      message: 'Bad key [redacted]',
    })
  })

  it('names an answer that has no name', () => {
    const { choices } = say('a')
    const clock = {
      now: () => 0,
      wall: () => 1_700_000_000_500,
      setTimeout: () => 0,
      clearTimeout: () => {},
    }
    const source = of(bytes(frame({ choices }) + frame({ choices: finish().choices }) + DONE))
    const chunks = outcomeOf(fromEvents(source, { model: 'mine', clock })).values.flatMap((batch) =>
      batch.chunks(),
    )
    expect(chunks[0]).toMatchObject({
      model: 'mine',
      created: 1_700_000_000,
      object: 'chat.completion.chunk',
    })
    expect(chunks[0]?.id).toMatch(/^chatcmpl-\w{32}$/)
    expect(chunks[1]?.id).toBe(chunks[0]?.id)
  })
})
