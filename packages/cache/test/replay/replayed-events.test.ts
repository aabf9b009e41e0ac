import { createGate } from '@sluice/core'
import { encodeFrame, BufferPool } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'
import { EnvelopeTemplate } from '../../src/replay/envelope-template.ts'
import { ReplayedEvents } from '../../src/replay/replayed-events.ts'
import type { ReplayIdentity } from '../../src/replay/replay-identity.ts'

const encoder = new TextEncoder()
const identityOf = (digit: string): ReplayIdentity => ({
  idEnd: encoder.encode(digit.repeat(12)),
  created: encoder.encode('1800000000'),
})
const identities = { first: identityOf('1'), second: identityOf('2') }
const frame = (id: string, created: number) =>
  encodeFrame({ id, created, choices: [{ index: 0, delta: { content: 'Hé' } }] })
const COUNT = 60
const whole = (id: string, created: number) => frame(id, created).repeat(COUNT)
const stored = encoder.encode(whole('chatcmpl-AAAAAAAAAAAA', 1_700_000_000))
const frames = Array.from({ length: COUNT + 1 }, (_, index) => (index * stored.length) / COUNT)
const template = EnvelopeTemplate.read(stored, frames, 'data: ')!
const tail = encoder.encode('data: [DONE]\n\n')

function batch(buffers: BufferPool, identity: ReplayIdentity = identities.first): ReplayedEvents {
  return new ReplayedEvents(template, 0, identity, createGate(), buffers)
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
const fresh = (digit: string) => whole(`chatcmpl-${digit.repeat(12)}`, 1_800_000_000)

describe('ReplayedEvents', () => {
  it('lends its bytes, with room for what is to stand behind them', () => {
    const one = batch(new BufferPool())
    const loan = one.borrowBytes()!
    expect([loan.append(tail), text(loan.bytes)]).toEqual([true, `${fresh('1')}data: [DONE]\n\n`])
    expect(one.byteLength).toBe(stored.length)
    expect([one.text(), one.chunks()[0]?.id]).toEqual(['Hé'.repeat(COUNT), 'chatcmpl-111111111111'])
  })

  it('keeps for a reader what it has seen, whatever is lent to others', () => {
    const buffers = new BufferPool()
    const one = batch(buffers)
    const loan = one.borrowBytes()!
    const seen = one.bytes
    loan.release()
    const next = batch(buffers, identities.second).borrowBytes()!
    expect(next.bytes.buffer).toBe(loan.bytes.buffer)
    expect([text(seen), text(one.bytes), text(next.bytes)]).toEqual([
      fresh('1'),
      fresh('1'),
      fresh('2'),
    ])
  })

  it('says the same to each of several who write it', () => {
    const one = batch(new BufferPool())
    const loans = [one.borrowBytes()!, one.borrowBytes()!]
    expect(loans[0]!.bytes.buffer).not.toBe(loans[1]!.bytes.buffer)
    expect(text(loans[0]!.bytes)).toBe(text(loans[1]!.bytes))
  })

  it('is not put together again for a write where a reader has its bytes already', () => {
    const one = batch(new BufferPool())
    expect(text(one.bytes)).toBe(fresh('1'))
    expect(one.borrowBytes()).toBeUndefined()
  })

  it('gives its memory to one borrower at a time, however often it is released', () => {
    const buffers = new BufferPool()
    const loan = batch(buffers).borrowBytes()!
    loan.release()
    loan.release()
    const others = [batch(buffers).borrowBytes()!, batch(buffers).borrowBytes()!]
    expect(others.filter((one) => one.bytes.buffer === loan.bytes.buffer)).toHaveLength(1)
  })

  it('lends nothing where a copy of its own costs no more', () => {
    const bytes = encoder.encode(frame('chatcmpl-AAAAAAAAAAAA', 1_700_000_000))
    const short = EnvelopeTemplate.read(bytes, [0, bytes.length], 'data: ')!
    expect(
      new ReplayedEvents(short, 0, identities.first, createGate(), new BufferPool()).borrowBytes(),
    ).toBeUndefined()
  })
})
