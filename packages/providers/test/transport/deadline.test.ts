import { FakeClock } from '@sluice/conformance'
import { describe, expect, it } from 'vitest'
import { Deadline, type TimedPhase } from '../../src/transport/deadline.ts'

/** A deadline, its time, and which phases took too long when. */
function watched() {
  const clock = new FakeClock()
  const expired: (readonly [TimedPhase, number])[] = []
  const deadline = new Deadline(clock, {
    onExpired: (phase) => void expired.push([phase, clock.now()]),
  })
  return { clock, deadline, expired }
}

describe('Deadline', () => {
  it('tells that a phase took too long, once and not before its limit', () => {
    const { clock, deadline, expired } = watched()
    deadline.start('connect', 100, 0)
    clock.advance(99)
    expect(expired).toEqual([])
    clock.advance(1000)
    expect(expired).toEqual([['connect', 100]])
  })

  it('gives the next phase its own limit, longer or shorter', () => {
    const { clock, deadline, expired } = watched()
    deadline.start('connect', 100, 0)
    clock.advance(50)
    deadline.enter('headers', 500)
    clock.advance(499)
    expect(expired).toEqual([])
    deadline.enter('firstToken', 10)
    clock.advance(10)
    expect(expired).toEqual([['firstToken', 559]])
  })

  it('limits all phases together, whatever they do', () => {
    const { clock, deadline, expired } = watched()
    deadline.start('connect', 100, 250)
    deadline.enter('idle', 0, 100)
    for (let time = 0; time < 300; time += 50) {
      clock.advance(50)
      deadline.touch()
    }
    expect(expired).toEqual([['total', 250]])
  })

  it('counts silence from the last sign of life', () => {
    const { clock, deadline, expired } = watched()
    deadline.start('connect', 100, 0)
    deadline.enter('firstToken', 0, 100)
    clock.advance(80)
    deadline.touch()
    clock.advance(99)
    expect(expired).toEqual([])
    clock.advance(1)
    expect(expired).toEqual([['idle', 180]])
  })

  it('does not blame an upstream that the reader makes wait', () => {
    const { clock, deadline, expired } = watched()
    deadline.start('connect', 100, 0)
    deadline.enter('firstToken', 0, 100)
    deadline.pause()
    clock.advance(10_050)
    deadline.resume()
    clock.advance(99)
    expect(expired).toEqual([])
    clock.advance(1)
    expect(expired).toEqual([['idle', 10_150]])
  })

  it('sets one timer, however much comes', () => {
    const { clock, deadline } = watched()
    deadline.start('connect', 100, 1000)
    deadline.enter('headers', 100)
    deadline.enter('firstToken', 300, 100)
    for (let times = 0; times < 1000; times++) deadline.touch()
    expect(clock.timers).toBe(1)
  })

  it('sets none where there is no limit, and leaves none when it stops', () => {
    const { clock, deadline, expired } = watched()
    deadline.start('connect', 0, Infinity)
    expect(clock.timers).toBe(0)
    deadline.enter('headers', 100, 50)
    deadline.stop()
    expect(clock.timers).toBe(0)
    clock.advance(1000)
    expect(expired).toEqual([])
  })
})
