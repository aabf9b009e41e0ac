import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lease, LeaseRequest, Limits } from '../src/limit-store.ts'
import { memoryLimitStore, type MemoryLimitStore } from '../src/memory-limit-store.ts'
import { FakeClock } from '@sluice/conformance'
import { LimitModel } from './fixtures/limit-model.ts'

const LIMITS: Limits = { requestsPerMinute: 60, tokensPerMinute: 1000, concurrency: 3 }
const UNKNOWN: Lease = {}

function setUp(options: { readonly maxKeys?: number; readonly leaseMs?: number } = {}) {
  const clock = new FakeClock()
  const store = memoryLimitStore({ clock, ...options })
  const acquire = (changes: Partial<LeaseRequest> = {}) => {
    const admission = store.acquire({ key: 'alpha', limits: LIMITS, tokens: 1, ...changes })
    return { admission, lease: admission.admitted ? admission.lease : UNKNOWN }
  }
  return { clock, store, acquire }
}

describe('acquire', () => {
  test('takes a request, the tokens and a slot in one step', () => {
    const { acquire } = setUp()
    expect(acquire({ tokens: 400 }).admission).toEqual({
      admitted: true,
      lease: expect.any(Object) as object,
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
    store.settle(refused.lease, 0)
    store.release(refused.lease)
    expect(acquire({ limits, tokens }).admission).toEqual(refused.admission)
    for (const { lease } of leases) store.release(lease)
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
        lease: expect.any(Object) as object,
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
    expect(acquire({ limits: smaller }).admission.requests).toEqual({
      limit: 2,
      remaining: 1,
      resetMs: 30_000,
    })
    expect(
      acquire({ limits: { ...smaller, requestsPerMinute: 120 } }).admission.requests?.remaining,
    ).toBe(0)
    clock.advance(60_000)
    expect(
      acquire({ limits: { ...smaller, requestsPerMinute: 120 } }).admission.requests?.remaining,
    ).toBe(119)
  })
})

describe('settle and release', () => {
  test('put what was spent in place of what was reserved', () => {
    const { acquire, store } = setUp()
    const { lease } = acquire({ tokens: 900 })
    store.settle(lease, 100)
    expect(acquire().admission.tokens?.remaining).toBe(899)
  })

  test('make a debt of what was spent beyond the bucket', () => {
    const { acquire, store, clock } = setUp()
    const { lease } = acquire({ tokens: 1000 })
    store.settle(lease, 3000)
    store.release(lease)
    expect(acquire().admission).toMatchObject({ by: 'tokens', retryAfterMs: 120_060 })
    clock.advance(120_060)
    expect(acquire().admission.admitted).toBe(true)
  })

  test('count the first time only', () => {
    const { acquire, store } = setUp()
    const { lease } = acquire({ tokens: 900 })
    store.settle(lease, 100)
    store.settle(lease, 0)
    store.release(lease)
    store.release(lease)
    store.settle(lease, 0)
    expect(acquire().admission.tokens?.remaining).toBe(899)
    expect(acquire().admission.admitted).toBe(true)
    expect(acquire().admission.admitted).toBe(true)
    expect(acquire().admission).toMatchObject({ by: 'concurrency' })
  })

  test('give the tokens of an unsettled lease back, but not its request', () => {
    const { acquire, store } = setUp()
    const { lease } = acquire({ tokens: 900 })
    store.release(lease)
    expect(acquire().admission).toMatchObject({
      requests: { remaining: 58 },
      tokens: { remaining: 999 },
    })
  })

  test('hold the slot until the release', () => {
    const { acquire, store } = setUp()
    const leases = [acquire(), acquire(), acquire()]
    for (const { lease } of leases) store.settle(lease, 1)
    expect(acquire().admission).toMatchObject({ by: 'concurrency' })
    store.release(leases[0]!.lease)
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
      store.renew([kept.lease, UNKNOWN])
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
    store.settle(late.lease, 0)
    store.release(late.lease)
    expect(acquire().admission).toMatchObject({ by: 'concurrency' })
  })
})

describe('numbers that make no sense', () => {
  const bad = [Number.NaN, -1, Infinity, -Infinity, 2 ** 53, 0.5, '1', null, undefined] as number[]

  test.each([...bad, 0])('are refused by acquire, which changes nothing: %s tokens', (tokens) => {
    const { acquire } = setUp()
    expect(() => acquire({ tokens })).toThrow(TypeError)
    expect(acquire({ tokens: 1000 }).admission).toMatchObject({
      admitted: true,
      requests: { remaining: 59 },
    })
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
    const { lease } = acquire({ tokens: 400 })
    expect(() => store.settle(lease, tokens)).toThrow(TypeError)
    store.settle(lease, 400)
    expect(acquire().admission.tokens?.remaining).toBe(599)
  })

  test('are more tokens than a bucket holds, and a key that is no text', () => {
    const { acquire } = setUp()
    expect(() => acquire({ tokens: 1001 })).toThrow(TypeError)
    expect(() => acquire({ key: undefined as unknown as string })).toThrow(TypeError)
    expect(acquire().admission).toMatchObject({ admitted: true, requests: { remaining: 59 } })
  })
})

describe('memory', () => {
  test('stays within its bound whoever comes', () => {
    const { acquire, store } = setUp({ maxKeys: 1000 })
    for (let index = 0; index < 100_000; index++)
      store.release(acquire({ key: `caller-${index}` }).lease)
    expect(store.size).toBe(1000)
  })

  test.each([1, 4, 50])('stays within its bound with %d old callers busy', (busy) => {
    const { acquire, store } = setUp({ maxKeys: 1000 })
    for (let index = 0; index < busy; index++) acquire({ key: `busy-${index}` })
    for (let index = 0; index < 100_000; index++)
      store.release(acquire({ key: `caller-${index}` }).lease)
    expect(store.size).toBe(1000)
  })

  test('holds more only as long as they are busy', () => {
    const { acquire, store } = setUp({ maxKeys: 10 })
    const leases = Array.from(
      { length: 100 },
      (_, index) => acquire({ key: `busy-${index}` }).lease,
    )
    expect(store.size).toBe(100)
    for (const one of leases) store.release(one)
    for (let index = 0; index < 200; index++)
      store.release(acquire({ key: `caller-${index}` }).lease)
    expect(store.size).toBeLessThanOrEqual(100)
  })

  test('does not forget who has spent it all for those who have spent little', () => {
    const { acquire, store } = setUp({ maxKeys: 100 })
    for (let index = 0; index < 60; index++) store.release(acquire({ key: 'greedy' }).lease)
    for (let index = 0; index < 10_000; index++)
      store.release(acquire({ key: `caller-${index}` }).lease)
    expect(acquire({ key: 'greedy' }).admission).toMatchObject({ admitted: false, by: 'requests' })
  })

  test('does not forget a debt for those who have spent little', () => {
    const { acquire, store, clock } = setUp({ maxKeys: 100 })
    const { lease: debt } = acquire({ key: 'greedy', tokens: 1000 })
    store.settle(debt, 10_000)
    store.release(debt)
    for (let index = 0; index < 10_000; index++) {
      if (index % 100 === 0) clock.advance(1000)
      store.release(acquire({ key: `caller-${index}` }).lease)
    }
    expect(acquire({ key: 'greedy' }).admission).toMatchObject({ admitted: false, by: 'tokens' })
  })

  test('forgets a caller whose lease has run out, as one that is idle', () => {
    const { acquire, store, clock } = setUp({ maxKeys: 2, leaseMs: 1000 })
    acquire({ key: 'gone' })
    clock.advance(120_000)
    for (const key of ['a', 'b', 'c']) store.release(acquire({ key }).lease)
    expect(store.size).toBe(2)
  })

  test('forgets nobody who has something running', () => {
    const { acquire, store } = setUp({ maxKeys: 2 })
    for (let index = 0; index < 3; index++) acquire({ key: 'busy' })
    for (let index = 0; index < 10; index++)
      store.release(acquire({ key: `caller-${index}` }).lease)
    expect(acquire({ key: 'busy' }).admission).toMatchObject({ by: 'concurrency' })
  })

  test('forgets who has been away longest, and a refused visit is one too', () => {
    const limits = { requestsPerMinute: 1, tokensPerMinute: 0, concurrency: 0 }
    const { acquire, store } = setUp({ maxKeys: 2 })
    store.release(acquire({ key: 'alpha', limits }).lease)
    store.release(acquire({ key: 'beta', limits }).lease)
    expect(acquire({ key: 'alpha', limits }).admission.admitted).toBe(false)
    store.release(acquire({ key: 'gamma', limits }).lease)
    expect(acquire({ key: 'alpha', limits }).admission.admitted).toBe(false)
  })

  test('shrinks again once buckets are full', () => {
    const { acquire, store, clock } = setUp()
    for (let index = 0; index < 300; index++)
      store.release(acquire({ key: `caller-${index}` }).lease)
    expect(store.size).toBe(300)
    clock.advance(60_000)
    for (let index = 0; index < 100; index++)
      store.release(acquire({ key: `later-${index}` }).lease)
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
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('settle' as const), lease, spent: fc.nat(300) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'renew' as const), lease }),
  },
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
        const leases: Lease[] = []
        const admittedAt: number[] = []
        for (const step of steps) {
          if (step.do === 'wait') {
            clock.advance(step.ms)
            model.advance(step.ms)
          } else if (step.do === 'acquire') {
            const tokens = Math.max(1, Math.floor(given.tokensPerMinute * step.share))
            const expected = model.admits(tokens)
            const admission = store.acquire({ key: 'alpha', limits: given, tokens })
            expect(admission.admitted).toBe(expected)
            const lease = admission.admitted ? admission.lease : UNKNOWN
            leases.push(lease)
            if (expected) {
              model.take(lease, tokens)
              admittedAt.push(clock.now())
            }
            if (given.requestsPerMinute > 0)
              expect(admission.requests?.remaining).toBe(model.remainingRequests)
            if (given.tokensPerMinute > 0)
              expect(admission.tokens?.remaining).toBe(model.remainingTokens)
            if (given.concurrency > 0) expect(model.running).toBeLessThanOrEqual(given.concurrency)
          } else {
            const lease = leases[step.lease] ?? UNKNOWN
            if (step.do === 'settle') {
              store.settle(lease, step.spent)
              model.settle(lease, step.spent)
            } else if (step.do === 'release') {
              store.release(lease)
              model.release(lease)
            } else {
              store.renew([lease])
              model.renew(lease)
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
function expectUntouched(
  store: MemoryLimitStore,
  clock: FakeClock,
  given: Limits,
  leases: readonly Lease[],
): void {
  for (const lease of leases) store.release(lease)
  clock.advance(365 * 86_400_000)
  const request = { key: 'alpha', limits: given, tokens: Math.max(1, given.tokensPerMinute) }
  const { admitted, requests, tokens } = memoryLimitStore({ clock }).acquire(request)
  expect(store.acquire(request)).toMatchObject({ admitted, requests, tokens })
  const slots = given.concurrency - 1
  for (let slot = 0; slot < slots; slot++) {
    const next = store.acquire({ ...request, tokens: 1 })
    if (!next.admitted) expect(next.by).not.toBe('concurrency')
  }
}
