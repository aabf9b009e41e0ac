import { beforeEach, describe, expect, it } from 'vitest'
import { CircuitBreaker, type Health } from '../src/circuit-breaker.ts'
import { FakeClock } from './fixtures/fake-clock.ts'

const options = { minimumCalls: 10, windowMs: 10_000, cooldownMs: 3000 }
let clock: FakeClock
let circuit: CircuitBreaker

beforeEach(() => {
  clock = new FakeClock()
  circuit = new CircuitBreaker(options, clock)
})

/** Calls that end as said, as far as they are let in. */
function end(count: number, health: Health): void {
  for (let one = 0; one < count; one++) {
    const passage = circuit.enter()
    if (passage !== undefined) circuit.leave(passage, health)
  }
}

describe('CircuitBreaker', () => {
  it('stays closed below the least number of calls, however they end', () => {
    end(9, 'failure')
    expect(circuit.enter()).toBe('call')
  })

  it('opens when more than half of the calls failed', () => {
    end(5, 'success')
    end(5, 'failure')
    expect(circuit.waitMs()).toBe(0)
    end(1, 'failure')
    expect(circuit.enter()).toBeUndefined()
    expect(circuit.waitMs()).toBe(3000)
  })

  it('never opens on 429s alone, but counts them beside real failures', () => {
    end(500, 'throttled')
    expect(circuit.waitMs()).toBe(0)
    end(1, 'failure')
    expect(circuit.waitMs()).toBe(3000)
  })

  it('does not count calls whose end says nothing', () => {
    end(1000, 'unknown')
    end(9, 'failure')
    expect(circuit.waitMs()).toBe(0)
    end(1, 'failure')
    expect(circuit.waitMs()).toBe(3000)
  })

  it('forgets what lies behind the window', () => {
    end(9, 'failure')
    clock.advance(10_001)
    end(9, 'failure')
    expect(circuit.waitMs()).toBe(0)
    clock.advance(4000)
    end(1, 'failure')
    expect(circuit.waitMs()).toBe(3000)
  })

  it('forgets all of it after a long silence', () => {
    end(9, 'failure')
    clock.advance(3_600_000)
    end(9, 'failure')
    expect(circuit.waitMs()).toBe(0)
  })

  describe('when open', () => {
    beforeEach(() => end(10, 'failure'))

    it('lets one probe through after the cooldown and nobody else', () => {
      clock.advance(2999)
      expect(circuit.enter()).toBeUndefined()
      clock.advance(1)
      expect(circuit.enter()).toBe('probe')
      expect(circuit.enter()).toBeUndefined()
    })

    it('closes with a clean slate when the probe succeeds', () => {
      clock.advance(3000)
      end(1, 'success')
      expect(circuit.enter()).toBe('call')
      end(9, 'failure')
      expect(circuit.waitMs()).toBe(0)
      end(1, 'failure')
      expect(circuit.waitMs()).toBe(3000)
    })

    it('takes a 429 for a sign of life', () => {
      clock.advance(3000)
      end(1, 'throttled')
      expect(circuit.waitMs()).toBe(0)
    })

    it('waits another cooldown when the probe fails', () => {
      clock.advance(3000)
      end(1, 'failure')
      expect(circuit.waitMs()).toBe(3000)
    })

    it('lets the next probe through at once when the first says nothing', () => {
      clock.advance(3000)
      end(1, 'unknown')
      expect(circuit.enter()).toBe('probe')
    })

    it('lets another probe through after a cooldown when the first never ends', () => {
      clock.advance(3000)
      expect(circuit.enter()).toBe('probe')
      clock.advance(3000)
      expect(circuit.enter()).toBe('probe')
    })

    it('does not listen to calls that were let in before', () => {
      circuit.leave('call', 'success')
      expect(circuit.enter()).toBeUndefined()
      clock.advance(1000)
      circuit.leave('call', 'failure')
      expect(circuit.waitMs()).toBe(2000)
    })
  })
})
