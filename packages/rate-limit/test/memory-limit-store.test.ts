import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LeaseRequest, Limits } from '../src/limit-store.ts'
import { memoryLimitStore, type MemoryLimitStore } from '../src/memory-limit-store.ts'
import { FakeClock } from '@sluice/conformance'
import { LimitModel } from './fixtures/limit-model.ts'

const LIMITS: Limits = { requestsPerMinute: 60, tokensPerMinute: 1000, concurrency: 3 }

function setUp(options: { readonly maxKeys?: number; readonly leaseMs?: number } = {}) {
  const clock = new FakeClock()
  const store = memoryLimitStore({ clock, ...options })
  let count = 0
  const acquire = (changes: Partial<LeaseRequest> = {}) => {
    const request = { leaseId: `lease-${count++}`, key: 'alpha', limits: LIMITS, tokens: 1, ...changes }
    return { ...request, admission: store.acquire(request) }
  }
  return { clock, store, acquire }
}

describe('acquire', () => {
  test('takes a request, the tokens and a slot in one step', () => {
    const { acquire } = setUp()
    expect(acquire({ tokens: 400 }).admission).toEqual({
      admitted: true,
      requests: { limit: 60, remaining: 59, resetMs: 1000 },
      tokens: { limit: 1000, remaining: 600, resetMs: 24_000 },
    })
  })

  test.each<[string, LeaseRequest['limits'], number, string]>([
    ['requests', { requestsPerMinute: 2, tokensPerMinute: 1000, concurrency: 0 }, 1, 'requests'],
    ['tokens', { requestsPerMinute: 10, tokensPerMinute: 1000, concurrency: 0 }, 500, 'tokens'],
    ['slots', { requestsPerMinute: 10, tokensPerMinute: 1000, concurrency: 2 }, 1, 'concurrency'],
  ])('refuses when %s are short and takes nothing', (_what, limits, tokens, by) => {
    const { acquire, store } = setUp()
    const leases = [acquire({ limits, tokens }), acquire({ limits, tokens })]
    const refused = acquire({ limits, tokens })
    expect(refused.admission).toMatchObject({ admitted: false, by })
    for (let again = 0; again < 100; again++) {
      expect(acquire({ limits, tokens }).admission).toEqual(refused.admission)
    }
    store.settle(refused.leaseId, 0)
    store.release(refused.leaseId)
    expect(acquire({ limits, tokens }).admission).toEqual(refused.admission)
    for (const { leaseId } of leases) store.release(leaseId)
  })

  test('names what has to be waited for longest, and waiting that long is enough', () => {
    const limits = { requestsPerMinute: 60, tokensPerMinute: 60, concurrency: 0 }
    const { acquire, clock } = setUp()
    for (let index = 0; index < 60; index++) acquire({ limits })
    const refused = acquire({ limits, tokens: 30 }).admission
    expect(refused).toMatchObject({ admitted: false, by: 'tokens', retryAfterMs: 30_000 })
    clock.advance(29_999)
    expect(acquire({ limits, tokens: 30 }).admission.admitted).toBe(false)
    clock.advance(1)
    expect(acquire({ limits, tokens: 30 }).admission.admitted).toBe(true)
  })

  test('passes over what is off', () => {
    const limits = { requestsPerMinute: 0, tokensPerMinute: 0, concurrency: 0 }
    const { acquire } = setUp()
    for (let index = 0; index < 1000; index++) {
      expect(acquire({ limits, tokens: 1e9 }).admission).toEqual({
        admitted: true,
        requests: undefined,
        tokens: undefined,
      })
    }
  })

  test('keeps callers apart', () => {
    const { acquire } = setUp()
    for (let index = 0; index < 3; index++) acquire({ key: 'alpha', tokens: 333 })
    expect(acquire({ key: 'alpha' }).admission.admitted).toBe(false)
    expect(acquire({ key: 'beta', tokens: 1000 }).admission.admitted).toBe(true)
  })

  test('follows limits that change between two requests', () => {
    const { acquire, clock } = setUp()
    const smaller = { ...LIMITS, requestsPerMinute: 2, concurrency: 0 }
    acquire({ limits: { ...LIMITS, concurrency: 0 } })
    expect(acquire({ limits: smaller }).admission.requests).toEqual({ limit: 2, remaining: 1, resetMs: 30_000 })
    expect(acquire({ limits: { ...smaller, requestsPerMinute: 120 } }).admission.requests?.remaining).toBe(0)
    clock.advance(60_000)
    expect(acquire({ limits: { ...smaller, requestsPerMinute: 120 } }).admission.requests?.remaining).toBe(119)
  })
})

describe('settle and release', () => {
  test('put what was spent in place of what was reserved', () => {
    const { acquire, store } = setUp()
    const { leaseId } = acquire({ tokens: 900 })
    store.settle(leaseId, 100)
    expect(acquire().admission.tokens?.remaining).toBe(899)
  })

  test('make a debt of what was spent beyond the bucket', () => {
    const { acquire, store, clock } = setUp()
    const { leaseId } = acquire({ tokens: 1000 })
    store.settle(leaseId, 3000)
    store.release(leaseId)
    expect(acquire().admission).toMatchObject({ by: 'tokens', retryAfterMs: 120_060 })
    clock.advance(120_060)
    expect(acquire().admission.admitted).toBe(true)
  })

  test('count the first time only', () => {
    const { acquire, store } = setUp()
    const { leaseId } = acquire({ tokens: 900 })
    store.settle(leaseId, 100)
    store.settle(leaseId, 0)
    store.release(leaseId)
    store.release(leaseId)
    store.settle(leaseId, 0)
    expect(acquire().admission.tokens?.remaining).toBe(899)
    expect(acquire().admission.admitted).toBe(true)
    expect(acquire().admission.admitted).toBe(true)
    expect(acquire().admission).toMatchObject({ by: 'concurrency' })
  })

  test('give the tokens of an unsettled lease back, but not its request', () => {
    const { acquire, store } = setUp()
    const { leaseId } = acquire({ tokens: 900 })
    store.release(leaseId)
    expect(acquire().admission).toMatchObject({ requests: { remaining: 58 }, tokens: { remaining: 999 } })
  })

  test('hold the slot until the release', () => {
    const { acquire, store } = setUp()
    const leases = [acquire(), acquire(), acquire()]
    for (const { leaseId } of leases) store.settle(leaseId, 1)
    expect(acquire().admission).toMatchObject({ by: 'concurrency' })
    store.release(leases[0]!.leaseId)
    expect(acquire().admission.admitted).toBe(true)
  })
})

describe('a lease that nobody ends', () => {
  test('ends by itself and gives back slot and tokens', () => {
    const { acquire, clock } = setUp({ leaseMs: 5000 })
    for (let index = 0; index < 3; index++) acquire({ tokens: 300 })
    clock.advance(4999)
    expect(acquire().admission.admitted).toBe(false)
    clock.advance(1)
    expect(acquire({ tokens: 1000 }).admission.admitted).toBe(true)
  })

  test('lives on while it is renewed', () => {
    const { acquire, store, clock } = setUp({ leaseMs: 5000 })
    const kept = acquire()
    acquire()
    for (let index = 0; index < 10; index++) {
      clock.advance(2000)
      store.renew([kept.leaseId, 'unknown'])
    }
    expect(acquire().admission.admitted).toBe(true)
    expect(acquire().admission.admitted).toBe(true)
    expect(acquire().admission).toMatchObject({ by: 'concurrency' })
  })

  test('does not end twice when its owner comes back', () => {
    const { acquire, store, clock } = setUp({ leaseMs: 5000 })
    const late = acquire({ tokens: 500 })
    clock.advance(5000)
    for (let index = 0; index < 3; index++) acquire({ tokens: 300 })
    store.settle(late.leaseId, 0)
    store.release(late.leaseId)
    expect(acquire().admission).toMatchObject({ by: 'concurrency' })
  })
})

describe('numbers that make no sense', () => {
  const bad = [Number.NaN, -1, Infinity, -Infinity, 2 ** 53, 0.5, '1', null, undefined] as number[]

  test.each([...bad, 0])('are refused by acquire, which changes nothing: %s tokens', (tokens) => {
    const { acquire } = setUp()
    expect(() => acquire({ tokens })).toThrow(TypeError)
    expect(acquire({ tokens: 1000 }).admission).toMatchObject({ admitted: true, requests: { remaining: 59 } })
  })

  test.each(bad)('are refused as a limit: %s', (limit) => {
    const { acquire } = setUp()
    for (const name of Object.keys(LIMITS)) {
      expect(() => acquire({ limits: { ...LIMITS, [name]: limit } })).toThrow(TypeError)
    }
    expect(acquire().admission).toMatchObject({ admitted: true, requests: { remaining: 59 } })
  })

  test.each(bad)('are refused by settle, which changes nothing: %s tokens', (tokens) => {
    const { acquire, store } = setUp()
    const { leaseId } = acquire({ tokens: 400 })
    expect(() => store.settle(leaseId, tokens)).toThrow(TypeError)
    store.settle(leaseId, 400)
    expect(acquire().admission.tokens?.remaining).toBe(599)
  })

  test('are more tokens than a bucket holds, a missing id and an id that is in use', () => {
    const { acquire } = setUp()
    expect(() => acquire({ tokens: 1001 })).toThrow(TypeError)
    expect(() => acquire({ leaseId: '' })).toThrow(TypeError)
    acquire({ leaseId: 'mine' })
    expect(() => acquire({ leaseId: 'mine' })).toThrow(TypeError)
    expect(acquire().admission).toMatchObject({ admitted: true, requests: { remaining: 58 } })
  })
})

describe('memory', () => {
  test('stays within its bound whoever comes', () => {
    const { acquire, store } = setUp({ maxKeys: 1000 })
    for (let index = 0; index < 100_000; index++) store.release(acquire({ key: `caller-${index}` }).leaseId)
    expect(store.size).toBe(1000)
  })

  test('forgets nobody who has something running', () => {
    const { acquire, store } = setUp({ maxKeys: 2 })
    for (let index = 0; index < 3; index++) acquire({ key: 'busy' })
    for (let index = 0; index < 10; index++) store.release(acquire({ key: `caller-${index}` }).leaseId)
    expect(acquire({ key: 'busy' }).admission).toMatchObject({ by: 'concurrency' })
  })

  test('forgets who has been away longest, and a refused visit is one too', () => {
    const limits = { requestsPerMinute: 1, tokensPerMinute: 0, concurrency: 0 }
    const { acquire, store } = setUp({ maxKeys: 2 })
    store.release(acquire({ key: 'alpha', limits }).leaseId)
    store.release(acquire({ key: 'beta', limits }).leaseId)
    expect(acquire({ key: 'alpha', limits }).admission.admitted).toBe(false)
    store.release(acquire({ key: 'gamma', limits }).leaseId)
    expect(acquire({ key: 'alpha', limits }).admission.admitted).toBe(false)
  })

  test('shrinks again once buckets are full', () => {
    const { acquire, store, clock } = setUp()
    for (let index = 0; index < 300; index++) store.release(acquire({ key: `caller-${index}` }).leaseId)
    expect(store.size).toBe(300)
    clock.advance(60_000)
    for (let index = 0; index < 100; index++) store.release(acquire({ key: `later-${index}` }).leaseId)
    expect(store.size).toBe(100)
  })
})

type Step =
  | { readonly do: 'acquire'; readonly share: number }
  | { readonly do: 'settle'; readonly lease: number; readonly spent: number }
  | { readonly do: 'release' | 'renew'; readonly lease: number }
  | { readonly do: 'wait'; readonly ms: number }

const lease = fc.nat(40)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('acquire' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), lease, spent: fc.nat(300) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'renew' as const), lease }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
)
const limits = fc.record({
  requestsPerMinute: fc.nat(20),
  tokensPerMinute: fc.nat(200),
  concurrency: fc.nat(5),
})

describe('any interleaving', () => {
  const LEASE_MS = 10_000

  test('is decided as exact arithmetic would, and leaves nothing behind', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 120 }), (given, steps) => {
        const clock = new FakeClock()
        const store = memoryLimitStore({ clock, leaseMs: LEASE_MS })
        const model = new LimitModel(given, LEASE_MS)
        const leases: string[] = []
        const admittedAt: number[] = []
        for (const step of steps) {
          if (step.do === 'wait') {
            clock.advance(step.ms)
            model.advance(step.ms)
          } else if (step.do === 'acquire') {
            const tokens = Math.max(1, Math.floor(given.tokensPerMinute * step.share))
            const expected = model.admits(tokens)
            const leaseId = `lease-${leases.length}`
            const admission = store.acquire({ leaseId, key: 'alpha', limits: given, tokens })
            expect(admission.admitted).toBe(expected)
            leases.push(leaseId)
            if (expected) {
              model.take(leaseId, tokens)
              admittedAt.push(clock.now())
            }
            if (given.requestsPerMinute > 0) expect(admission.requests?.remaining).toBe(model.remainingRequests)
            if (given.tokensPerMinute > 0) expect(admission.tokens?.remaining).toBe(model.remainingTokens)
            if (given.concurrency > 0) expect(model.running).toBeLessThanOrEqual(given.concurrency)
          } else {
            const leaseId = leases[step.lease] ?? 'unknown'
            if (step.do === 'settle') {
              store.settle(leaseId, step.spent)
              model.settle(leaseId, step.spent)
            } else if (step.do === 'release') {
              store.release(leaseId)
              model.release(leaseId)
            } else {
              store.renew([leaseId])
              model.renew(leaseId)
            }
          }
        }
        if (given.requestsPerMinute > 0) {
          for (const begin of admittedAt) {
            const inWindow = admittedAt.filter((at) => at >= begin && at < begin + 60_000)
            expect(inWindow.length).toBeLessThanOrEqual(2 * given.requestsPerMinute)
          }
        }
        expectUntouched(store, clock, given, leases)
      }),
      { numRuns: 500 },
    )
  })
})

/** After every lease has ended and every debt is paid, the caller is as good as new. */
function expectUntouched(store: MemoryLimitStore, clock: FakeClock, given: Limits, leases: readonly string[]): void {
  for (const leaseId of leases) store.release(leaseId)
  clock.advance(365 * 86_400_000)
  const request = { leaseId: 'fresh', key: 'alpha', limits: given, tokens: Math.max(1, given.tokensPerMinute) }
  expect(store.acquire(request)).toEqual(memoryLimitStore({ clock }).acquire(request))
  const slots = given.concurrency - 1
  for (let slot = 0; slot < slots; slot++) {
    const next = store.acquire({ ...request, leaseId: `slot-${slot}`, tokens: 1 })
    if (!next.admitted) expect(next.by).not.toBe('concurrency')
  }
}
