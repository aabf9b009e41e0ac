import { describe, expect, it } from 'vitest'
import { WriteMemory } from '../src/write-memory.ts'

describe('WriteMemory', () => {
  it.each([0, 1, 8192, 8193, 65_536, 131_072])('lends at least the %i bytes that are asked for', (length) => {
    const { bytes, view } = new WriteMemory().borrow(length)!
    expect(bytes.length).toBeGreaterThanOrEqual(length)
    expect(bytes.length).toBeLessThanOrEqual(Math.max(8192, length * 2))
    bytes[length - 1] = 7
    if (length > 0) expect(view.getInt8(length - 1)).toBe(7)
  })

  it('lends no more than 128 KiB', () => {
    expect(new WriteMemory().borrow(131_073)).toBeUndefined()
  })

  it('lends again what was given back, and nothing that is still out', () => {
    const memory = new WriteMemory()
    const [one, other] = [memory.borrow(9000)!, memory.borrow(9000)!]
    expect(other.bytes.buffer).not.toBe(one.bytes.buffer)
    memory.giveBack(one)
    expect(memory.borrow(5000)).not.toBe(one)
    expect(memory.borrow(10_000)).toBe(one)
    expect(memory.borrow(10_000)).not.toBe(one)
  })

  it('keeps no more than 2 MiB, however much was out at a time', () => {
    const memory = new WriteMemory()
    const sizes = [8192, 16_384, 32_768, 65_536, 131_072]
    const lent = sizes.flatMap((size) => Array.from({ length: 100 }, () => memory.borrow(size)!))
    for (const block of lent) memory.giveBack(block)
    const known = new Set(lent)
    const again = sizes.flatMap((size) => Array.from({ length: 100 }, () => memory.borrow(size)!))
    const kept = again.filter((block) => known.has(block)).map((block) => block.bytes.length)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(2 * 1024 * 1024)
  })
})
