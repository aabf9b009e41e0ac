import { readFileSync } from 'node:fs'
import { createGate } from '@sluice/core'
import { ChatTranslator, TurnBuffers } from '@sluice/sse-stream'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createBurstMatcher } from '../src/burst-matcher.ts'
import { bytes, plainDecoder } from './support.ts'

const matcher = createBurstMatcher()!
const source = readFileSync(new URL('../src/burst-matcher.ts', import.meta.url), 'utf8')

interface Burst {
  readonly literals: readonly string[]
  /** What stands in the holes of each event. */
  readonly events: readonly (readonly string[])[]
}

const eventOf = (literals: readonly string[], texts: readonly string[]) =>
  literals.map((literal, at) => literal + (texts[at] ?? '')).join('')

/** Bounds of the strings in the event that begins at `at`. */
function holesOf(literals: readonly string[], texts: readonly string[], at: number): number[] {
  let position = at
  return texts.flatMap((text, index) => {
    const start = position + bytes(literals[index]!).length
    position = start + bytes(text).length
    return [start, position]
  })
}

/** How long the events at the beginning of a text are that have these literals, in the plainest words. */
function likeEnd(all: string, literals: readonly string[]): number {
  for (let end = 0; ;) {
    let at = end
    for (const [index, one] of literals.entries()) {
      if (!all.startsWith(one, at)) return end
      at += one.length
      if (index === literals.length - 1) continue
      while (at < all.length && all[at]! >= ' ' && all[at]! < '\x80' && all[at] !== '"' && all[at] !== '\\') at++
      if (all[at] !== '"') return end
    }
    end = at
  }
}

/** What becomes of such events, in the plainest words. */
function rewritten(events: string, literals: readonly string[], frame: readonly string[]): string {
  let all = ''
  for (let at = 0; at < events.length;) {
    for (const [index, one] of literals.entries()) {
      at += one.length
      all += frame[index]!
      if (index === literals.length - 1) continue
      const close = events.indexOf('"', at)
      all += events.slice(at, close)
      at = close
    }
  }
  return all
}

const literal = (from: number, to: number) =>
  fc.string({ unit: 'grapheme-ascii', minLength: from, maxLength: to }).map((text) => text.replaceAll('"', "'"))
const text = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((one) => one.replaceAll(/["\\\p{Cc}]/gu, '')),
  },
  fc.constantFrom('a\\n', '\\"', 'a\nb', '\u0000', 'x"y'),
)
const burstsOf = (shortest: number): fc.Arbitrary<Burst> =>
  fc.nat(3).chain((count) =>
    fc.record({
      literals: fc
        .tuple(
          literal(shortest, 70),
          fc.array(
            literal(Math.max(0, shortest - 1), 40).map((one) => `"${one}`),
            { minLength: count, maxLength: count },
          ),
        )
        .map(([first, rest]) => [first, ...rest]),
      events: fc.array(fc.array(text, { minLength: count, maxLength: count }), { minLength: 2, maxLength: 12 }),
    }),
  )

/** What a matcher is given: the events behind an offset, one byte of those after the first perhaps another, and the end perhaps cut off. */
const readsOf = (shortest: number) =>
  fc
    .record({
      burst: burstsOf(shortest),
      offset: fc.nat(20),
      change: fc.option(fc.tuple(fc.nat(), fc.nat(255))),
      cut: fc.nat(60),
    })
    .map(({ burst, offset, change, cut }) => {
      const { literals } = burst
      const [model, ...rest] = burst.events
      const first = bytes(' '.repeat(offset) + eventOf(literals, model!))
      const others = rest.map((texts) => bytes(eventOf(literals, texts)))
      const all = new Uint8Array(Buffer.concat([first, ...others]))
      if (change !== null) all[first.length + (change[0] % (all.length - first.length))] = change[1]
      const given = all.subarray(0, Math.max(first.length, all.length - cut))
      const latin = literals.map((one) => Buffer.from(one).toString('latin1'))
      const behind = Buffer.from(given).toString('latin1', first.length)
      return { given, offset, end: first.length, holes: holesOf(literals, model!, offset), latin, behind }
    })

describe('BurstMatcher', () => {
  it('stops at the first event that is another, whose strings end otherwise, or that is not complete', () => {
    fc.assert(
      fc.property(readsOf(16), ({ given, offset, end, holes, latin, behind }) => {
        matcher.load(given, offset)
        expect(matcher.skip(offset, end, holes)).toBe(end + likeEnd(behind, latin))
      }),
      { numRuns: 1000 },
    )
  })

  it('rewrites as many events as are like the first, and no byte of another', () => {
    const output = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(readsOf(1), output, ({ given, offset, end, holes, latin, behind }, written) => {
        const frame = written.slice(0, latin.length).map(bytes)
        const same = likeEnd(behind, latin)
        matcher.load(given, offset)
        expect(matcher.expect(offset, end, holes, frame)).toBe(true)
        expect(matcher.rewrite(end)).toBe(end + same)
        const expected = rewritten(
          behind.slice(0, same),
          latin,
          frame.map((one) => Buffer.from(one).toString('latin1')),
        )
        expect(Buffer.from(matcher.written).toString('latin1')).toBe(expected)
      }),
      { numRuns: 1000 },
    )
  })

  it('goes on rewriting where its memory was full, and leaves what is too much to others', () => {
    const one = `${'x'.repeat(5)}"y`
    const event = bytes(one)
    const burst = bytes(one.repeat(2000))
    const frame = [bytes('a'.repeat(100)), bytes('b'.repeat(100))]
    matcher.load(burst, 0)
    expect(matcher.expect(0, event.length, [5, 5], frame)).toBe(true)
    let written = ''
    for (let at = 0; at < burst.length;) {
      const next = matcher.rewrite(at)
      expect(next).toBeGreaterThan(at)
      written += Buffer.from(matcher.written).toString()
      at = next
    }
    expect(written).toBe(`${'a'.repeat(100)}${'b'.repeat(100)}`.repeat(2000))
    expect(matcher.expect(0, event.length, [5, 5], [bytes('a'.repeat(5000)), bytes('b')])).toBe(false)
    expect(
      matcher.expect(
        0,
        event.length,
        [5, 5],
        Array.from({ length: 20 }, () => bytes('a')),
      ),
    ).toBe(false)
    const long = new Uint8Array(300_000)
    matcher.load(long, 0)
    expect(matcher.expect(0, 200_000, [], [bytes('a')])).toBe(false)
    expect(matcher.rewrite(200_000)).toBe(200_000)
  })

  it('stops where its memory ends, and leaves short literals and many strings to others', () => {
    const event = bytes(`${'x'.repeat(100)}"${'y'.repeat(27)}`)
    const burst = new Uint8Array(event.length * 2000)
    for (let at = 0; at < burst.length; at += event.length) burst.set(event, at)
    matcher.load(burst, 0)
    const end = matcher.skip(0, event.length, [100, 100])
    expect(end % event.length).toBe(0)
    expect(end).toBeGreaterThan(100_000)
    expect(end).toBeLessThan(2 * 65_536)
    expect(matcher.skip(end, end + event.length, [end + 100, end + 100])).toBe(end + event.length)
    expect(matcher.skip(0, event.length, [10, 10])).toBe(event.length)
    expect(
      matcher.skip(
        0,
        event.length,
        Array.from({ length: 20 }, () => 100),
      ),
    ).toBe(event.length)
  })
})

describe('createBurstMatcher', () => {
  afterEach(() => vi.unstubAllGlobals())

  const refusing = {
    Module: function Module() {
      throw new Error('Wasm code generation disallowed by embedder')
    },
  }

  it.each([
    ['there is no WebAssembly', undefined],
    ['it must not be compiled', refusing],
  ])('gives none where %s', (_name, stub) => {
    vi.stubGlobal('WebAssembly', stub)
    expect(createBurstMatcher()).toBeUndefined()
    // Bursts are read all the same.
    const buffers = new TurnBuffers()
    expect(buffers.matcher).toBeUndefined()
    const event = `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'ab' }, finish_reason: null }] })}\n\n`
    const envelope = { id: 'own', created: 1, model: 'm' }
    const gate = createGate()
    const reader = new ChatTranslator({ decoder: plainDecoder, envelope, gate, includeUsage: false, buffers })
    expect(reader.push(bytes(event.repeat(40)))?.text()).toBe('ab'.repeat(40))
  })
})

describe('the code of the burst matcher', () => {
  it('is what the text above it assembles to', async () => {
    const text = /```wat\n([\s\S]*?)```/.exec(source)![1]!.replaceAll(/^ \* ?/gm, '')
    const { default: wabt } = await import('wabt')
    const module = (await wabt()).parseWat('burst-matcher.wat', text, { simd: true })
    const assembled = Buffer.from(module.toBinary({}).buffer).toString('base64')
    const written = [...source.slice(source.indexOf('const CODE')).matchAll(/'([A-Za-z0-9+/=]+)'/g)].map(
      ([, part]) => part,
    )
    expect(written.join('')).toBe(assembled)
  })
})
