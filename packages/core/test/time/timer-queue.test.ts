import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '@sluice/conformance'
import { timerQueue } from '@sluice/core/internal'

describe('timerQueue', () => {
  it('tells the time of the clock below', () => {
    const below = new FakeClock()
    const clock = timerQueue(below)
    below.advance(250)
    expect([clock.now(), clock.wall()]).toEqual([below.now(), below.wall()])
  })

  it('calls back when a plain clock would, whatever is set and cleared when', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('set' as const),
        delayMs: fc.constantFrom(0, 5, 5, 5, 20, 20, 33),
      }),
      fc.record({ kind: fc.constant('clear' as const), which: fc.nat(30) }),
      fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 3, 5, 12, 40) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const runs = [(below: FakeClock) => below, (below: FakeClock) => timerQueue(below)].map(
          (make) => {
            const below = new FakeClock()
            const clock = make(below)
            const timers: unknown[] = []
            const seen: { name: number; atMs: number }[] = []
            for (const one of steps) {
              if (one.kind === 'advance') below.advance(one.ms)
              else if (one.kind === 'clear') clock.clearTimeout(timers[one.which])
              else {
                const name = timers.length
                timers.push(
                  clock.setTimeout(() => seen.push({ name, atMs: below.now() }), one.delayMs),
                )
              }
            }
            below.advance(1000)
            // Which of two that end in the same millisecond comes first is nobody's business.
            return seen.toSorted((a, b) => a.atMs - b.atMs || a.name - b.name)
          },
        )
        expect(runs[1]).toEqual(runs[0])
      }),
    )
  })

  it('sets one timer below for all of one delay, and leaves none behind', () => {
    const below = new FakeClock()
    const clock = timerQueue(below)
    const timers = Array.from({ length: 100 }, (_, at) =>
      clock.setTimeout(() => {}, at % 2 === 0 ? 1000 : 30_000),
    )
    expect(below.timers).toBe(2)
    for (const timer of timers) clock.clearTimeout(timer)
    expect(below.timers).toBe(0)
  })

  it('lets a callback set and clear others', () => {
    const below = new FakeClock()
    const clock = timerQueue(below)
    const seen: string[] = []
    clock.setTimeout(() => {
      seen.push('first')
      clock.clearTimeout(second)
      clock.setTimeout(() => seen.push(`third at ${below.now()}`), 10)
    }, 10)
    const second = clock.setTimeout(() => seen.push('second'), 10)
    below.advance(100)
    expect([seen, below.timers]).toEqual([['first', 'third at 20'], 0])
  })

  it('goes on with the others where one throws', () => {
    const below = new FakeClock()
    const clock = timerQueue(below)
    const seen: string[] = []
    clock.setTimeout(() => {
      throw new Error('mine')
    }, 10)
    clock.setTimeout(() => seen.push('other'), 10)
    expect(() => below.advance(10)).toThrow('mine')
    below.advance(1)
    expect(seen).toEqual(['other'])
  })

  it('takes what is not its own timer for none', () => {
    const clock = timerQueue(new FakeClock())
    const timer = clock.setTimeout(() => {}, 10)
    clock.clearTimeout(timer)
    expect(() => {
      clock.clearTimeout(timer)
      clock.clearTimeout(undefined)
    }).not.toThrow()
  })

  it('forgets delays that came once', () => {
    const below = new FakeClock()
    const clock = timerQueue(below)
    for (let delayMs = 1; delayMs <= 500; delayMs++)
      clock.clearTimeout(clock.setTimeout(() => {}, delayMs))
    let called = 0
    clock.setTimeout(() => called++, 250)
    below.advance(250)
    expect([called, below.timers]).toEqual([1, 0])
  })
})
