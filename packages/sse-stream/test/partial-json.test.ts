import { partialJson } from '@sluice/sse-stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, run } from './answers.ts'

describe('partialJson', () => {
  it('gives the value as it grows', () => {
    const pieces = [
      '{"na',
      'me":"A',
      'da","tags":["x',
      '"',
      ',4',
      '2,tr',
      'ue]',
      ',"old":nu',
      'll}',
    ]
    expect(run(pieces, partialJson()).values).toEqual([
      {},
      { name: 'A' },
      { name: 'Ada', tags: ['x'] },
      { name: 'Ada', tags: ['x', 42] },
      { name: 'Ada', tags: ['x', 42, true] },
      { name: 'Ada', tags: ['x', 42, true], old: null },
    ])
  })

  it('ends with what JSON.parse gives, however the text is cut', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.array(fc.nat()), (text, offsets) => {
        const { values, error } = run(cut(text, offsets), partialJson())
        expect(error).toBeUndefined()
        expect(values.at(-1)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('never changes a value that it has given', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        const seen: [value: unknown, then: string][] = []
        const { error } = run(Array.from(text), (source) => {
          const values = source.pipe(partialJson())
          values.subscribe({
            next: (value) => seen.push([value, JSON.stringify(value)]),
            error: () => {},
          })
          return source
        })
        expect(error).toBeUndefined()
        for (const [value, then] of seen) expect(JSON.stringify(value)).toBe(then)
      }),
    )
  })

  it('shares with the value before what has not changed', () => {
    const { values } = run(
      ['{"a":{"b":[1]},"c":"x', 'y"}'],
      partialJson<{ a: { b: number[] }; c: string }>(),
    )
    expect(values).toHaveLength(2)
    expect(values[1]?.a).toBe(values[0]?.a)
  })

  it('keeps a field that is named like the prototype a field', () => {
    const { values } = run(
      ['{"__proto__":{"isAdmin":', 'true}}'],
      partialJson<Record<string, unknown>>(),
    )
    expect(Object.keys(values.at(-1)!)).toEqual(['__proto__'])
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
    expect((values.at(-1) as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it.each([
    ['stops inside the value', '{"a":1', 'stream_incomplete'],
    ['has nothing', '', 'stream_incomplete'],
    ['is no JSON', 'Sure! {', 'upstream_invalid_response'],
    ['goes on after the value', '{} and', 'upstream_invalid_response'],
    ['nests without end', '['.repeat(1000), 'upstream_invalid_response'],
  ])('fails where the text %s', (_how, text, code) => {
    expect(run([text], partialJson()).error).toMatchObject({ code })
  })

  it('takes white space around the value', () => {
    expect(run([' \n', '[1]', '\n '], partialJson())).toEqual({
      values: [[1]],
      error: undefined,
      isComplete: true,
    })
  })

  it('takes a long text in small pieces without looking at it again each time', () => {
    const text = JSON.stringify({
      items: Array.from({ length: 2000 }, (_, id) => ({ id, name: 'item' })),
    })
    const began = performance.now()
    expect(run(text.match(/.{1,4}/g)!, partialJson()).isComplete).toBe(true)
    expect(performance.now() - began).toBeLessThan(5000)
  })
})
