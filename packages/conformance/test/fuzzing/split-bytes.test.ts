import { describe, expect, it } from 'vitest'
import { seededRandom, splitAtRandom, splitEvery } from '../../src/index.ts'

const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 251)
const join = (pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces))

describe('splitEvery', () => {
  it.each([1, 7, 999, 1000, 5000])('cuts into pieces of %i and loses nothing', (size) => {
    const pieces = splitEvery(bytes, size)
    expect(join(pieces)).toEqual(bytes)
    expect(pieces.slice(0, -1).every((piece) => piece.length === size)).toBe(true)
  })
})

describe('splitAtRandom', () => {
  it('cuts the same for the same seed, otherwise for another, and loses nothing', () => {
    const sizes = (seed: number) => splitAtRandom(bytes, seed, 32).map((piece) => piece.length)
    expect(join(splitAtRandom(bytes, 1, 32))).toEqual(bytes)
    expect(sizes(1)).toEqual(sizes(1))
    expect(sizes(1)).not.toEqual(sizes(2))
    expect(Math.max(...sizes(1))).toBeLessThanOrEqual(32)
    expect(Math.min(...sizes(1))).toBeGreaterThan(0)
  })
})

describe('seededRandom', () => {
  it('spreads over the whole of 0 to 1', () => {
    const random = seededRandom(7)
    const tenths = new Set(Array.from({ length: 1000 }, () => Math.floor(random() * 10)))
    expect([...tenths].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})
