import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGate, type Batch } from '@sluice/core'
import { ChatStreamDecoder, BufferPool } from '@sluice/sse-stream/internal'
import { writeResponse } from '@sluice/sse-stream/node'
import fc from 'fast-check'
import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { bytes, cutAt, plainDecoder, translate } from '../support.ts'

const event = (delta: string, reason: string, more = '') =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}]${more}}\n\n`
const words = Array.from({ length: 120 }, (_, at) => ` word ${at} ü "${'x'.repeat(at % 9)}"`)
const streamOf = (said: readonly string[], more: (at: number) => string = () => '') =>
  bytes(
    [
      event('{"role":"assistant","content":""}', 'null', more(0)),
      ...said.map((word, at) => event(`{"content":${JSON.stringify(word)}}`, 'null', more(at))),
      event('{}', '"stop"', more(1)),
      'data: [DONE]\n\n',
    ].join(''),
  )
const stream = streamOf(words)
const whole = translate([stream])
const text = (of: Uint8Array) => new TextDecoder().decode(of)
/** What leaves as it came, what is written anew, and both in turns. */
const STREAMS = {
  'events that go on as they came': stream,
  'events that are written anew': streamOf(words, () => ',"usage":null'),
  'plain events that are written anew': streamOf(
    Array.from({ length: 200 }, (_, at) => `word ${'x'.repeat(at % 30)}`),
    () => ',"usage":null',
  ),
  'events that are written anew, with nothing to see before them and comments between': bytes(
    text(
      streamOf([...Array.from({ length: 60 }, () => ''), ...words], () => ',"usage":null'),
    ).replaceAll(/data: .*word \d*7 /g, ': still here\n\n$&'),
  ),
  'events that grow, each of a kind of its own': bytes(
    text(streamOf(words, (at) => `,"n":${at}`)).replaceAll('"object":"chat.completion.chunk",', ''),
  ),
  'events of which some are longer than a turn': streamOf(
    words.map((word, at) =>
      at % 40 === 7 ? Array.from({ length: 3000 }, (_, no) => word + no).join('') : word,
    ),
  ),
  'events of both kinds': streamOf(words, (at) => (at % 37 < 20 ? ',"usage":null' : '')),
}

/** The pieces of some turns, as one network read each would bring them: views of its memory. */
function inTurns(all: Uint8Array, turns: readonly (readonly number[])[]): Uint8Array[][] {
  const share = Math.ceil(all.length / turns.length)
  return turns.map((cuts, at) => {
    const read = all.slice(at * share, (at + 1) * share)
    return cutAt(
      read,
      cuts.map((cut) => cut % read.length),
    )
  })
}

function translator(buffers: BufferPool): ChatStreamDecoder {
  const envelope = { id: 'chatcmpl-own', created: 1_700_000_000, model: 'own' }
  return new ChatStreamDecoder({
    decoder: plainDecoder,
    envelope,
    gate: createGate(),
    includeUsage: false,
    buffers,
  })
}

const USES = [
  'bytes at once',
  'bytes later',
  'lent',
  'lent, and bytes later',
  'text at once',
  'text later',
] as const

describe('BufferPool', () => {
  it.each(Object.entries(STREAMS))(
    'changes nothing for any turns and pieces of %s',
    (_kind, all) => {
      const expected = translate([all])
      const turns = fc.array(fc.array(fc.nat(30_000), { maxLength: 30 }), {
        minLength: 1,
        maxLength: 8,
      })
      const uses = fc.array(fc.constantFrom(...USES), { minLength: 10, maxLength: 10 })
      fc.assert(
        fc.property(turns, uses, (cuts, chosen) => {
          const reader = translator(new BufferPool())
          const seen: (() => string)[] = []
          const said: (() => string)[] = []
          const look = (batch: Batch, how: (typeof USES)[number]) => {
            const loan = how.startsWith('lent') ? batch.borrowBytes?.() : undefined
            const now = loan === undefined ? undefined : text(loan.bytes)
            if (how === 'bytes at once') void batch.bytes
            if (how === 'text at once') void batch.text()
            seen.push(() => (how === 'lent' && now !== undefined ? now : text(batch.bytes)))
            said.push(() => batch.text())
            loan?.release()
          }
          for (const [at, pieces] of inTurns(all, cuts).entries()) {
            const batch = reader.pushTurn(pieces)
            if (batch !== undefined) look(batch, chosen[at % chosen.length]!)
            reader.recycle()
          }
          for (const batch of reader.end()) look(batch, 'bytes later')
          expect(reader.failure).toBeUndefined()
          expect(seen.map((read) => read()).join('')).toBe(expected.text)
          expect(said.map((read) => read()).join('')).toBe(expected.said)
        }),
      )
    },
  )

  const pieces = cutAt(stream, [500, 1000, 5000])

  it('lends to one, only while the batch is handed on, and knows its length', () => {
    const reader = translator(new BufferPool())
    const batch = reader.pushTurn(pieces)!
    expect([batch.borrowBytes!()?.bytes.length, batch.borrowBytes!()]).toEqual([
      batch.byteLength,
      undefined,
    ])
    expect(batch.byteLength).toBe(text(batch.bytes).length + words.length)
    const other = translator(new BufferPool())
    const late = other.pushTurn(pieces)!
    other.recycle()
    expect(late.borrowBytes!()).toBeUndefined()
  })

  it('lends what it has written anew as well, and writes it once more for who wants it later', () => {
    const reader = translator(new BufferPool())
    // The first turn begins with an event that has to be read.
    for (const turn of inTurns(STREAMS['plain events that are written anew'], [[200], [100], []])) {
      const batch = reader.pushTurn(turn)!
      const loan = batch.borrowBytes!()!
      const lent = text(loan.bytes)
      expect([loan.bytes.length, batch.borrowBytes!()]).toEqual([batch.byteLength, undefined])
      expect(lent).not.toContain('usage')
      reader.recycle()
      loan.bytes.fill(0)
      loan.release()
      expect(text(batch.bytes)).toBe(lent)
    }
  })

  it('ends as well where nobody said that the last batch was handed on', () => {
    const all = STREAMS['plain events that are written anew']
    const reader = translator(new BufferPool())
    const cut = all.length - 'data: [DONE]\n\n'.length - 2
    const first = reader.pushTurn([all.subarray(0, 100), all.subarray(100, cut)])!
    const batches = [first, ...reader.end()]
    expect(batches.map((batch) => text(batch.bytes)).join('')).toBe(translate([all]).text)
  })

  it('uses memory again when it was given back, or not lent, and not before', () => {
    const buffers = new BufferPool()
    const lendOf = (from: ChatStreamDecoder) => from.pushTurn(pieces)!.borrowBytes!()!
    const first = lendOf(translator(buffers))
    const second = lendOf(translator(buffers))
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer)
    first.release()
    first.release()
    const third = lendOf(translator(buffers))
    expect(third.bytes.buffer).toBe(first.bytes.buffer)
    const reader = translator(buffers)
    const unread = reader.pushTurn(pieces)!
    reader.recycle()
    lendOf(translator(buffers)).bytes.fill(0)
    expect(text(unread.bytes)).toBe(whole.text)
  })

  it('has room for a little more, and says when there is none', () => {
    const loan = translator(new BufferPool()).pushTurn(pieces)!.borrowBytes!()!
    const { length } = loan.bytes
    expect(loan.append(bytes('more'))).toBe(true)
    expect(text(loan.bytes).slice(-10)).toBe(`${whole.text}more`.slice(-10))
    expect(loan.append(new Uint8Array(1_000_000))).toBe(false)
    expect(loan.bytes.length).toBe(length + 4)
  })
})

/** An answer that these turns bring, one after another. */
function answerOf(
  turns: readonly (readonly Uint8Array[])[],
  buffers: BufferPool,
): Observable<Batch> {
  return new Observable((subscriber) => {
    const reader = translator(buffers)
    let at = 0
    const step = () => {
      const turn = turns[at++]
      if (turn === undefined) {
        for (const batch of reader.end()) subscriber.next(batch)
        return subscriber.complete()
      }
      const batch = reader.pushTurn(turn)
      if (batch !== undefined) subscriber.next(batch)
      reader.recycle()
      setImmediate(step)
    }
    step()
  })
}

describe('writeResponse', () => {
  /**
   * Several answers at once over the same memory; what a `res.write` that is not Node's own was
   * given, kept as it came.
   */
  async function writeMany(
    all: Uint8Array,
    wrap: boolean,
  ): Promise<{ answers: string[]; kept: string[] }> {
    const buffers = new BufferPool()
    const kept: Uint8Array[] = []
    const server = createServer((_req, res) => {
      const write = res.write.bind(res)
      if (wrap)
        res.write = ((chunk: Uint8Array, ...rest: []) => (
          kept.push(chunk),
          write(chunk, ...rest)
        )) as never
      writeResponse(answerOf(inTurns(all, [[100, 200], [300], [400, 900], [77]]), buffers), res)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(url)).text()),
    )
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    return { answers, kept: kept.map(text) }
  }

  it.each(Object.entries(STREAMS))(
    'writes each of many answers of %s whole from memory that they share',
    async (_kind, all) => {
      const { answers } = await writeMany(all, false)
      expect([...new Set(answers)]).toEqual([`${translate([all]).text}data: [DONE]\n\n`])
    },
  )

  it.each(['', ',"usage":null'])(
    'uses no memory again that a slow client has yet to take (%s)',
    async (more) => {
      const count = 100_000
      const long = streamOf(
        Array.from({ length: count }, (_, at) => `${at} `),
        () => more,
      )
      const settled = Promise.withResolvers<unknown>()
      const server = createServer((_req, res) => {
        const turns = Array.from({ length: Math.ceil(long.length / 32_768) }, (_, at) =>
          cutAt(long.slice(at * 32_768, (at + 1) * 32_768), [1000]),
        )
        // Far more than the sockets between them hold, and deaf to the gate.
        writeResponse(answerOf(turns, new BufferPool()), res, { onSettled: settled.resolve })
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      // Nothing is read until everything has been written.
      expect(await settled.promise).toBe('complete')
      const said = [...(await response.text()).matchAll(/"content":"(\d+) "/g)].map((match) =>
        Number(match[1]),
      )
      expect(said.length).toBe(count)
      expect(said.every((number, at) => number === at)).toBe(true)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  )

  it('hands a foreign write memory that stays as it is', async () => {
    for (const all of Object.values(STREAMS)) {
      const expected = translate([all]).text
      const { answers, kept } = await writeMany(all, true)
      expect([...new Set(answers)]).toEqual([`${expected}data: [DONE]\n\n`])
      expect(kept.join('').length).toBeGreaterThan(0)
      for (const chunk of kept) expect(expected).toContain(chunk)
    }
  })
})
