import { createGate } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import { ChatStreamDecoder, KnownEvents, type ChatDecoder } from '@sluice/sse-stream/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../../test/support/runs.ts'
import { bytes, cutAt, plainDecoder } from '../../support.ts'

/** Counts what it has to read; its answers depend on nothing but the event. */
function countingDecoder(): ChatDecoder & { count: number } {
  const decoder = {
    ...plainDecoder,
    isStateless: true,
    count: 0,
    decode: (json: never, event: never) => {
      decoder.count++
      // The envelope as the providers' decoders give it.
      const { id, created, model } = json as Partial<ChatCompletionChunk>
      return plainDecoder.decode(json, event).map((delta) => ({ id, created, model, ...delta }))
    },
  }
  return decoder as never
}

function read(
  stream: string,
  decoder: ChatDecoder,
  known: KnownEvents | undefined,
  cuts: readonly number[] = [],
) {
  const envelope = { id: 'chatcmpl-own', created: 1_700_000_000, model: 'own' }
  const translator = new ChatStreamDecoder({
    decoder,
    envelope,
    gate: createGate(),
    includeUsage: true,
    known,
  })
  const batches = cutAt(bytes(stream), cuts).flatMap((piece) => translator.push(piece) ?? [])
  if (translator.failure === undefined) batches.push(...translator.end())
  return {
    text: batches.map((batch) => new TextDecoder().decode(batch.bytes)).join(''),
    chunks: batches.flatMap((batch) => batch.chunks()),
    said: batches.map((batch) => batch.text()).join(''),
    failure: translator.failure?.message,
  }
}

const frame = (envelope: string, choices: string, more = '') =>
  `data: {${envelope},"choices":[${choices}]${more}}\n\n`
const choice = (delta: string, finish = 'null', index = 0) =>
  `{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":${finish}}`
const envelopeOf = (id: string, created: number | string, model = 'm') =>
  `"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":"${model}"`

function plainStream(id: string, created: number, words: readonly string[], more = ''): string {
  const envelope = envelopeOf(id, created)
  return [
    frame(envelope, choice('{"role":"assistant","content":"","refusal":null}'), more),
    ...words.map((word) => frame(envelope, choice(`{"content":${JSON.stringify(word)}}`), more)),
    frame(envelope, choice('{}', '"stop"'), more),
    frame(envelope, '', ',"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}'),
    'data: [DONE]\n\n',
  ].join('')
}

describe('KnownEvents', () => {
  it.each([
    ['go on as they came', ''],
    ['are written anew', ',"usage":null'],
    ['are written anew, padding and all', ',"usage":null,"obfuscation":"aZ"'],
    ['have fields behind their choices', ',"system_fingerprint":"fp","obfuscation":"aZ"'],
  ])(
    'spares reading the events of later streams, whatever their id, time and text, where they %s',
    (_how, more) => {
      const known = new KnownEvents()
      const decoder = countingDecoder()
      read(plainStream('chatcmpl-1', 1_700_000_001, ['Hello', ' you'], more), decoder, known)
      const first = decoder.count
      decoder.count = 0
      const words = ['Ol\u00e9', ' \u4f60\u597d "\\n"', ' end']
      const stream = plainStream('chatcmpl-22', 1_800_000_002, words, more.replace('aZ', 'other'))
      const later = read(stream, decoder, known)
      // The usage differs each time, and is read.
      expect([first, decoder.count]).toEqual([4, 1])
      expect(later).toEqual(read(stream, plainDecoder, undefined))
      expect(later.chunks[0]).toMatchObject({ id: 'chatcmpl-22', created: 1_800_000_002 })
    },
  )

  const envelopes = fc.constantFrom(
    envelopeOf('chatcmpl-a', 1_700_000_000),
    envelopeOf('chatcmpl-b', 1_700_000_009),
    envelopeOf('b', 5, 'other'),
    envelopeOf('', 1_700_000_000),
    envelopeOf('with "quotes"', 1_700_000_000),
    envelopeOf('chatcmpl-c', 0),
    envelopeOf('chatcmpl-c', '1.7e9'),
    '"object":"chat.completion.chunk"',
  )
  const texts = fc.constantFrom(
    '""',
    '"a"',
    '" b"',
    '"\\u00e9"',
    '"\u00e9"',
    '"\\"content\\":\\""',
    'null',
  )
  const choices = fc.oneof(
    texts.map((text) => choice(`{"content":${text}}`)),
    texts.map((text) => choice(`{"role":"assistant","content":${text},"refusal":null}`)),
    texts.map((text) => choice(`{"content":${text}}`, 'null', 1)),
    texts.map((text) => choice(`{"reasoning_content":${text}}`)),
    fc.constantFrom('"stop"', '"length"', '"tool_calls"').map((reason) => choice('{}', reason)),
    fc.constantFrom('"stop"', '"length"').map((reason) => choice('{"content":"last"}', reason)),
    fc.constant(
      choice(
        '{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]}',
      ),
    ),
    fc.constant(choice('{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}')),
    fc.constant(choice('{"function_call":{"name":"f","arguments":"{}"}}')),
    fc.constant(`${choice('{"content":"x"}')},${choice('{"content":"y"}', 'null', 1)}`),
    fc.constant(''),
  )
  const extras = fc.constantFrom(
    '',
    ',"obfuscation":"xyz"',
    ',"obfuscation":"q"',
    ',"content":"x"',
    ',"created":7',
    ',"usage":null',
    ',"usage":null,"obfuscation":"q"',
  )
  const events = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.tuple(choices, extras).map(
        ([one, extra]) =>
          (head: string) =>
            frame(`${head}${extra}`, one),
      ),
    },
    fc.constant(() => ': comment\n\n'),
    fc.constant(() => 'data: not json\n\n'),
    fc.constant((head: string) =>
      frame(head, '', ',"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}'),
    ),
    fc.constant(() => 'data: [DONE]\n\n'),
  )
  const streams = fc
    .tuple(
      envelopes,
      fc.array(fc.tuple(events, fc.option(envelopes, { freq: 8 })), { maxLength: 12 }),
    )
    .map(([head, list]) => list.map(([event, other]) => event(other ?? head)).join(''))

  it('gives the same for any streams, one after another, as reading each of them does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(streams, fc.array(fc.nat(3000), { maxLength: 4 })), { maxLength: 8 }),
        (list) => {
          const known = new KnownEvents()
          const decoder = countingDecoder()
          for (const [stream, cuts] of list) {
            const expected = read(stream, countingDecoder(), undefined)
            expect(read(stream, decoder, known, cuts)).toEqual(expected)
          }
        },
      ),
      { numRuns: runs(2000) },
    )
  })

  it.each([
    ['a plain answer after one that calls a function', ['a', '{}'], 'stop'],
    ['an answer that calls a function after a plain one', ['{}', 'a'], 'function_call'],
  ])('ends %s for its own reason', (_which, [first, second], reason) => {
    const known = new KnownEvents()
    const stream = (said: string) => {
      const head = envelopeOf('chatcmpl-1', 1_700_000_001)
      const delta =
        said === '{}' ? '{"function_call":{"name":"f","arguments":"{}"}}' : '{"content":"a"}'
      const begin = frame(head, choice('{"role":"assistant","content":""}'))
      return `${begin}${frame(head, choice(delta))}${frame(head, choice('{}', '"stop"'))}data: [DONE]\n\n`
    }
    read(stream(second!), countingDecoder(), known)
    const { chunks } = read(stream(first!), countingDecoder(), known)
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe(reason)
  })

  it('gives up on a provider whose events are all of a kind of their own', () => {
    const known = new KnownEvents()
    const decoder = countingDecoder()
    const odd = (at: number) =>
      frame(`${envelopeOf('chatcmpl-1', 1_700_000_001)},"odd":"${at}"`, choice('{"content":"a"}'))
    const end = frame(envelopeOf('chatcmpl-1', 1_700_000_001), choice('{}', '"stop"'))
    for (let stream = 0; stream < 40; stream++) {
      const begun = stream * 5
      read(Array.from({ length: 5 }, (_, at) => odd(begun + at)).join('') + end, decoder, known)
    }
    decoder.count = 0
    read(odd(199) + end, decoder, known)
    expect(decoder.count).toBe(2)
  })

  it('looks at the beginning of a stream, and not at all that differs in it', () => {
    const known = new KnownEvents()
    const decoder = countingDecoder()
    const odd = (at: number) =>
      frame(`${envelopeOf('chatcmpl-1', 1_700_000_001)},"odd":"${at}"`, choice('{"content":"a"}'))
    const end = frame(envelopeOf('chatcmpl-1', 1_700_000_001), choice('{}', '"stop"'))
    read(Array.from({ length: 200 }, (_, at) => odd(at)).join('') + end, decoder, known)
    decoder.count = 0
    read(odd(199) + end, decoder, known)
    // The end was remembered all the same.
    expect(decoder.count).toBe(1)
  })

  it('is not used by a decoder that remembers', () => {
    const known = new KnownEvents()
    const decoder = { ...countingDecoder(), isStateless: false, count: 0 }
    const counted: ChatDecoder = {
      ...decoder,
      decode: (json, event) => (decoder.count++, decoder.decode(json, event)),
    }
    read(plainStream('chatcmpl-1', 1_700_000_001, ['a']), counted, known)
    decoder.count = 0
    read(plainStream('chatcmpl-2', 1_700_000_002, ['a']), counted, known)
    expect(decoder.count).toBe(4)
  })
})
