import { createGate, type Batch } from '@sluice/core'
import { ChunkBatch } from '@sluice/sse-stream/internal'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../sse-stream/test/fake-clock.ts'
import { pacedEmission } from '../src/paced-emission.ts'

type Pieces = Batch<number | string, never>

/**
 * Counts from 1; each batch is what one turn gave out, `last` the end. Timers take `leastMs` at the
 * least, as real ones do.
 */
function counting(stepsPerSecond: number, until = Infinity, leastMs = 0) {
  const clock = fakeClock()
  const gate = createGate()
  const batches: (number | string)[][] = []
  let made = 0
  let completed = false
  const emission = pacedEmission<number | string, Pieces>({
    clock: {
      ...clock,
      setTimeout: (callback, delayMs) => clock.setTimeout(callback, Math.max(leastMs, delayMs)),
    },
    gate,
    stepsPerSecond,
    *steps() {
      while (made < until) yield [++made]
    },
    batch: (pieces) => new ChunkBatch(pieces, gate),
    last: () => new ChunkBatch<number | string, never>(['last'], gate),
  })
  const onBatch = { now: (_batch: (number | string)[]) => {} }
  const subscribe = () =>
    emission.subscribe({
      next: (batch) => {
        batches.push([...batch.chunks()])
        onBatch.now(batches.at(-1)!)
      },
      complete: () => (completed = true),
    })
  return { clock, gate, batches, subscribe, onBatch, state: () => ({ made, completed }) }
}

describe('pacedEmission', () => {
  it('does nothing before it is subscribed to', () => {
    const { clock, state } = counting(10)
    clock.advance(1000)
    expect([state().made, clock.pending]).toEqual([0, 0])
  })

  it('gives the first step at once and the others at their time', () => {
    const { clock, batches, subscribe } = counting(10, 3)
    subscribe()
    expect(batches).toEqual([[1]])
    clock.advance(99)
    expect(batches).toEqual([[1]])
    clock.advance(1)
    expect(batches).toEqual([[1], [2]])
    clock.advance(1000)
    expect(batches).toEqual([[1], [2], [3], ['last']])
  })

  it('gives in one batch what became due while a timer took longer', () => {
    const { clock, batches, subscribe } = counting(1000, 12, 5)
    subscribe()
    clock.advance(10)
    expect(batches).toEqual([[1], [2, 3, 4, 5, 6], [7, 8, 9, 10, 11]])
  })

  it('makes nothing while the gate is held, keeps no timer, and goes on at the same pace', () => {
    const { clock, gate, batches, subscribe, state } = counting(10)
    subscribe()
    clock.advance(200)
    const release = gate.hold()
    clock.advance(60_000)
    expect([state().made, clock.pending]).toEqual([3, 0])
    release()
    expect(batches.at(-1)).toEqual([4])
    clock.advance(100)
    expect(batches.at(-1)).toEqual([5])
    expect(batches).toHaveLength(5)
  })

  it('waits from the beginning where the gate is held then', () => {
    const { gate, subscribe, state } = counting(0, 2)
    const release = gate.hold()
    subscribe()
    expect(state().made).toBe(0)
    release()
    expect(state().made).toBe(2)
  })

  it('holds back the end too', () => {
    const { clock, gate, batches, subscribe, onBatch, state } = counting(10, 2)
    let release = () => {}
    onBatch.now = (batch) => {
      if (batch.includes(2)) release = gate.hold()
    }
    subscribe()
    clock.advance(1000)
    expect([batches.at(-1), state().completed]).toEqual([[2], false])
    release()
    expect([batches.at(-1), state().completed]).toEqual([['last'], true])
  })

  it('without a pace gives many steps a turn, and lets others in between', () => {
    const { clock, batches, subscribe, state } = counting(0, 150)
    subscribe()
    expect(batches.map((batch) => batch.length)).toEqual([64])
    clock.advance(0)
    expect(batches.map((batch) => batch.length)).toEqual([64, 64, 22, 1])
    expect([state().completed, clock.pending]).toEqual([true, 0])
  })

  it('stops when nobody listens any more, and leaves no timer', () => {
    const { clock, subscribe, state } = counting(10)
    const subscription = subscribe()
    clock.advance(100)
    subscription.unsubscribe()
    expect(clock.pending).toBe(0)
    clock.advance(1000)
    expect(state().made).toBe(2)
  })

  it('stops when the listener leaves while it is told something', () => {
    const { clock, subscribe, onBatch, state } = counting(10)
    const subscription = subscribe()
    onBatch.now = () => subscription.unsubscribe()
    clock.advance(1000)
    expect([state().made, clock.pending]).toEqual([2, 0])
  })

  it('does not wake for a gate that opens after it was left', () => {
    const { gate, clock, subscribe, state } = counting(10)
    const release = gate.hold()
    subscribe().unsubscribe()
    release()
    expect([state().made, clock.pending]).toEqual([0, 0])
  })

  it('fails the answer, not the process, where a step cannot be made', () => {
    const clock = fakeClock()
    const gate = createGate()
    let failure: unknown
    pacedEmission<number, Batch<number, never>>({
      clock,
      gate,
      stepsPerSecond: 10,
      *steps() {
        yield [1]
        throw new Error('no more')
      },
      batch: (pieces) => new ChunkBatch<number, never>(pieces, gate),
      last: () => new ChunkBatch<number, never>([], gate),
    }).subscribe({ error: (error: unknown) => (failure = error) })
    clock.advance(100)
    expect(failure).toEqual(new Error('no more'))
    expect(clock.pending).toBe(0)
  })
})
