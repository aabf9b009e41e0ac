import { createGate } from '@sluice/core'
import { encodeFrame } from '@sluice/sse-stream'
import { describe, expect, it } from 'vitest'
import { EnvelopeTemplate } from '../src/envelope-template.ts'
import { ReplayedEvents } from '../src/replayed-events.ts'
import type { Stamp } from '../src/stamp.ts'
import { WriteMemory } from '../src/write-memory.ts'

const encoder = new TextEncoder()
const stamps: Record<'first' | 'second', Stamp> = {
  first: { id: [0x31313131, 0x31313131, 0x31313131], created: [0x31383030, 0x30303030, 0x3030] },
  second: { id: [0x32323232, 0x32323232, 0x32323232], created: [0x31383030, 0x30303030, 0x3030] },
}
const frame = (id: string, created: number) =>
  encodeFrame({ id, created, choices: [{ index: 0, delta: { content: 'Hé' } }] })
const stored = encoder.encode(frame('chatcmpl-AAAAAAAAAAAA', 1_700_000_000))
const template = EnvelopeTemplate.read(stored, [0, stored.length], 'data: ')!
const tail = encoder.encode('data: [DONE]\n\n')

function batch(memory: WriteMemory, stamp: Stamp = stamps.first): ReplayedEvents {
  return new ReplayedEvents(template, 0, stamp, createGate(), memory)
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
const fresh = (digit: string) => frame(`chatcmpl-${digit.repeat(12)}`, 1_800_000_000)

describe('ReplayedEvents', () => {
  it('lends its bytes with what is to stand behind them', () => {
    const one = batch(new WriteMemory())
    expect(text(one.lend(tail)?.bytes)).toBe(`${fresh('1')}data: [DONE]\n\n`)
    expect(one.byteLength).toBe(stored.length)
    expect([one.text(), one.chunks()[0]?.id]).toEqual(['Hé', 'chatcmpl-111111111111'])
  })

  it('keeps for a reader what it has seen, whatever is lent to others', () => {
    const memory = new WriteMemory()
    const one = batch(memory)
    const loan = one.lend(tail)!
    const seen = one.bytes
    loan.giveBack()
    const next = batch(memory, stamps.second).lend(tail)!
    expect(next.bytes.buffer).toBe(loan.bytes.buffer)
    expect([text(seen), text(one.bytes), text(next.bytes.subarray(0, stored.length))]).toEqual([
      fresh('1'),
      fresh('1'),
      fresh('2'),
    ])
  })

  it('says the same to each of several who write it', () => {
    const one = batch(new WriteMemory())
    const loans = [one.lend(tail)!, one.lend(tail)!]
    expect(loans[0]!.bytes.buffer).not.toBe(loans[1]!.bytes.buffer)
    expect(text(loans[0]!.bytes)).toBe(text(loans[1]!.bytes))
  })

  it('is not put together again for a write where a reader has its bytes already', () => {
    const one = batch(new WriteMemory())
    expect(text(one.bytes)).toBe(fresh('1'))
    expect(one.lend(tail)).toBeUndefined()
  })

  it('takes memory back once, and not from a write that failed', () => {
    const memory = new WriteMemory()
    const failed = batch(memory).lend(tail)!
    failed.giveBack(new Error('gone'))
    const loan = batch(memory).lend(tail)!
    expect(loan.bytes.buffer).not.toBe(failed.bytes.buffer)
    loan.giveBack()
    loan.giveBack()
    const others = [batch(memory).lend(tail)!, batch(memory).lend(tail)!]
    expect(others.filter((one) => one.bytes.buffer === loan.bytes.buffer)).toHaveLength(1)
  })

  it('lends nothing where the whole is too long', () => {
    expect(batch(new WriteMemory()).lend(new Uint8Array(128 * 1024))).toBeUndefined()
  })
})
