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

const literal = (from: number, to: number) =>
  fc.string({ unit: 'grapheme-ascii', minLength: from, maxLength: to }).map((text) => text.replaceAll('"', "'"))
const text = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((one) => one.replaceAll(/["\\\p{Cc}]/gu, '')),
  },
  fc.constantFrom('a\\n', '\\"', 'a\nb', '\u0000', 'x"y'),
)
const bursts: fc.Arbitrary<Burst> = fc.nat(3).chain((count) =>
  fc.record({
    literals: fc
      .tuple(
        literal(16, 70),
        fc.array(
          literal(15, 40).map((one) => `"${one}`),
          { minLength: count, maxLength: count },
        ),
      )
      .map(([first, rest]) => [first, ...rest]),
    events: fc.array(fc.array(text, { minLength: count, maxLength: count }), { minLength: 2, maxLength: 12 }),
  }),
)

describe('BurstMatcher', () => {
  it('stops at the first event that is another, whose strings end otherwise, or that is not complete', () => {
    fc.assert(
      fc.property(
        bursts,
        fc.nat(20),
        fc.option(fc.tuple(fc.nat(), fc.nat(255))),
        fc.nat(60),
        (burst, offset, change, cut) => {
          const { literals } = burst
          const [model, ...rest] = burst.events
          const first = bytes(' '.repeat(offset) + eventOf(literals, model!))
          const others = rest.map((texts) => bytes(eventOf(literals, texts)))
          const all = new Uint8Array(Buffer.concat([first, ...others]))
          if (change !== null) all[first.length + (change[0] % (all.length - first.length))] = change[1]
          const given = all.subarray(0, Math.max(first.length, all.length - cut))

          const same = likeEnd(
            Buffer.from(given).toString('latin1', first.length),
            literals.map((one) => Buffer.from(one).toString('latin1')),
          )

          matcher.load(given, offset)
          const end = matcher.skip(offset, first.length, holesOf(literals, model!, offset))
          expect(end).toBe(first.length + same)
        },
      ),
      { numRuns: 1000 },
    )
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
