import { ApiError, call, compose } from '@sluice/core'
import { lastValueFrom, NEVER } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Admission, Admitted, Lease, LimitStore } from '../src/limit-store.ts'
import { memoryLimitStore } from '../src/memory-limit-store.ts'
import { rateLimit, type RateLimitOptions } from '../src/rate-limit.ts'
import { document, usageOf, words } from './fixtures/batches.ts'
import { FakeClock } from '@sluice/conformance'
import { answering, upstream } from './fixtures/upstream.ts'

/** A promise of the host's own making. */
const thenable = (then: unknown) =>
  new Proxy({}, { get: (_target, name) => (name === 'then' ? then : undefined) })
const broken = () => {
  throw new Error('gone')
}
const REPLY = document('hello', usageOf(10, 20))
const chat = () =>
  call(
    'chat.completions',
    { model: 'm', messages: [] },
    { principal: { id: 'a', tenant: 'alpha' } },
  )
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A store far away: its answers are promises, and may be withheld or fail. */
function remote(clock: FakeClock) {
  const near = memoryLimitStore({ clock })
  const far = {
    leaseMs: near.leaseMs,
    acquire: vi.fn<LimitStore['acquire']>(async (request) => near.acquire(request)),
    settle: vi.fn<LimitStore['settle']>(async (lease, tokens) => near.settle(lease, tokens)),
    release: vi.fn<LimitStore['release']>(async (lease) => near.release(lease)),
    renew: vi.fn<LimitStore['renew']>(async (leases) => near.renew(leases)),
  }
  return { near, far }
}

function setUp(options: RateLimitOptions = {}) {
  const clock = new FakeClock()
  const { near, far } = remote(clock)
  const vendor = upstream()
  const onStoreError = vi.fn()
  const limit = rateLimit({
    clock,
    store: far,
    estimateTokens: () => 10,
    concurrency: 1,
    onStoreError: onStoreError,
    ...options,
  })
  return {
    clock,
    near,
    far,
    vendor,
    onStoreError,
    limit,
    handler: compose([limit], vendor.handler),
  }
}

describe('a store far away', () => {
  const unhandled = vi.fn()
  beforeEach(() => {
    unhandled.mockClear()
    process.on('unhandledRejection', unhandled)
  })
  afterEach(async () => {
    await turn()
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('is asked, settled and released once each, in this order', async () => {
    const { far, limit, clock } = setUp()
    await lastValueFrom(compose([limit], answering(REPLY))(chat()))
    const { lease } = (await far.acquire.mock.results[0]!.value) as Admitted
    expect(far.settle.mock.calls).toEqual([[lease, 30]])
    expect(far.settle.mock.calls[0]![0]).toBe(lease)
    expect(far.release.mock.calls[0]![0]).toBe(lease)
    expect(far.release).toHaveBeenCalledTimes(1)
    expect(far.settle.mock.invocationCallOrder[0]).toBeLessThan(
      far.release.mock.invocationCallOrder[0]!,
    )
    clock.advance(60_000)
    expect(clock.timers).toBe(0)
  })

  test('does not settle what cost nothing', async () => {
    const { far, limit } = setUp()
    const given = chat()
    given.report.cache = 'HIT'
    await lastValueFrom(compose([limit], answering(REPLY))(given))
    expect(far.settle).not.toHaveBeenCalled()
    expect(far.release).toHaveBeenCalledTimes(1)
  })

  test('keeps the leases of running answers alive, however long they take, with one timer for all', async () => {
    const { handler, far, clock, vendor } = setUp({ concurrency: 2 })
    const running = [handler(chat()).subscribe(), handler(chat()).subscribe()]
    await turn()
    expect(clock.timers).toBe(1)
    for (let minutes = 0; minutes < 30; minutes++) {
      clock.advance(60_000)
      await turn()
    }
    expect(vendor.open).toBe(2)
    const refused = lastValueFrom(handler(chat()))
    await expect(refused).rejects.toMatchObject({ type: 'concurrency' })
    expect(far.renew.mock.lastCall?.[0]).toHaveLength(2)
    running[0]!.unsubscribe()
    clock.advance(20_000)
    const [, kept] = await Promise.all(
      far.acquire.mock.results.map(({ value }) => value as Promise<Admitted>),
    )
    expect(far.renew.mock.lastCall?.[0].map((lease: Lease) => lease === kept!.lease)).toEqual([
      true,
    ])
    running[1]!.unsubscribe()
    clock.advance(60_000)
    expect(clock.timers).toBe(0)
  })

  test('does not keep the lease of a process that is gone', async () => {
    const clock = new FakeClock()
    const { far } = remote(clock)
    const gone: LimitStore = {
      ...far,
      renew: () => new Promise(() => {}),
      release: () => new Promise(() => {}),
    }
    const options = { clock, concurrency: 1, estimateTokens: () => 10 }
    const lost = compose([rateLimit({ ...options, store: gone })], () => NEVER)(chat()).subscribe()
    await turn()
    lost.unsubscribe()
    const survivor = compose([rateLimit({ ...options, store: far })], answering(REPLY))
    await expect(lastValueFrom(survivor(chat()))).rejects.toMatchObject({ type: 'concurrency' })
    clock.advance(60_000)
    await expect(lastValueFrom(survivor(chat()))).resolves.toBe(REPLY)
  })

  test('gives back what it decided after the caller had left', async () => {
    const { handler, far, vendor, clock } = setUp()
    const decision = Promise.withResolvers<Admission>()
    far.acquire.mockReturnValueOnce(decision.promise)
    const left = handler(chat()).subscribe()
    left.unsubscribe()
    expect(clock.timers).toBe(0)
    const lease = {}
    decision.resolve({ admitted: true, lease })
    await turn()
    expect(vendor.answers).toHaveLength(0)
    expect(far.release.mock.calls[0]![0]).toBe(lease)
    expect(far.release).toHaveBeenCalledTimes(1)
    expect(far.settle).not.toHaveBeenCalled()
  })

  test('has nothing to give back where it refused after the caller had left', async () => {
    const { handler, far } = setUp()
    const decision = Promise.withResolvers<Admission>()
    far.acquire.mockReturnValueOnce(decision.promise)
    handler(chat()).subscribe().unsubscribe()
    decision.resolve({ admitted: false, by: 'requests', retryAfterMs: 20 })
    await turn()
    expect(far.release).not.toHaveBeenCalled()
  })

  test.each<[boolean | undefined, boolean]>([
    [undefined, true],
    [true, true],
    [false, false],
  ])('that is out: with failOpen %s a call passes is %s', async (failOpen, passes) => {
    const failures: ((far: ReturnType<typeof setUp>['far']) => void)[] = [
      (far) => far.acquire.mockRejectedValueOnce(new Error('redis://:secret@host is down')),
      (far) =>
        far.acquire.mockImplementationOnce(() => {
          throw new Error('redis://:secret@host is down')
        }),
      (far) => far.acquire.mockReturnValueOnce(new Promise(() => {})),
    ]
    for (const fail of failures) {
      const { far, limit, onStoreError, clock } = setUp({ failOpen })
      fail(far)
      const given = chat()
      const answer = lastValueFrom(compose([limit], answering(REPLY))(given))
      clock.advance(50)
      if (passes) await expect(answer).resolves.toBe(REPLY)
      else {
        const refused = await answer.catch((error: unknown) => error)
        expect(refused).toSatisfy(ApiError.is.bind(ApiError))
        expect(refused).toMatchObject({ status: 503, code: 'overloaded', retryAfterMs: 1000 })
        expect(JSON.stringify((refused as ApiError).toBody())).not.toContain('redis')
      }
      expect(given.report.headers).toEqual({})
      expect(onStoreError).toHaveBeenCalledTimes(1)
      expect(clock.timers).toBe(0)
      await expect(lastValueFrom(compose([limit], answering(REPLY))(chat()))).resolves.toBe(REPLY)
    }
  })

  test('that is slow is waited for no longer than it may take, and its late decision is given back', async () => {
    const { handler, far, near, vendor, clock } = setUp({ storeTimeoutMs: 200 })
    const decision = Promise.withResolvers<void>()
    far.acquire.mockImplementationOnce(async (request) => {
      await decision.promise
      return near.acquire(request)
    })
    const open = handler(chat()).subscribe()
    clock.advance(199)
    expect(vendor.answers).toHaveLength(0)
    clock.advance(1)
    expect(vendor.answers).toHaveLength(1)
    decision.resolve()
    await turn()
    expect(far.release).toHaveBeenCalledTimes(1)
    handler(chat()).subscribe()
    await turn()
    expect(vendor.answers).toHaveLength(2)
    open.unsubscribe()
    expect(far.release).toHaveBeenCalledTimes(1)
  })

  test('that fails when a lease ends disturbs nobody', async () => {
    const { far, limit, onStoreError } = setUp()
    far.settle.mockRejectedValue(new Error('down'))
    far.release.mockImplementation(() => {
      throw new Error('down')
    })
    await expect(lastValueFrom(compose([limit], answering(REPLY))(chat()))).resolves.toBe(REPLY)
    await turn()
    expect(onStoreError).toHaveBeenCalledTimes(2)
  })

  test('may be reported to a listener that itself fails', async () => {
    const onStoreError = () => {
      throw new Error('the logger is down too')
    }
    const { far, limit } = setUp({ onStoreError: onStoreError })
    far.acquire.mockRejectedValueOnce(new Error('down'))
    await expect(
      lastValueFrom(compose([limit], answering(words('hello')))(chat())),
    ).resolves.toBeDefined()
  })

  test('lets a handler that throws fail the call and not the process', async () => {
    const { limit, far } = setUp()
    const broken = compose([limit], () => {
      throw new Error('a handler of the host')
    })
    await expect(lastValueFrom(broken(chat()))).rejects.toThrow('a handler of the host')
    expect(far.release).toHaveBeenCalledTimes(1)
  })

  test.each<[string, () => unknown]>([
    ['nothing', async () => undefined],
    ['a lease without a decision', async () => ({ lease: {} })],
    ['a decision without a lease', async () => ({ admitted: true })],
    ['true, at once', () => true],
    ['nothing, at once', () => undefined],
  ])('that gives %s is out, whichever the policy is, and is told', async (_what, acquire) => {
    for (const failOpen of [true, false]) {
      const onError = vi.fn()
      const { limit, far, onStoreError } = setUp({ failOpen, onError })
      far.acquire.mockImplementation(acquire as never)
      const asked = chat()
      const answered = lastValueFrom(compose([limit], answering(REPLY))(asked))
      if (failOpen) expect(await answered).toBe(REPLY)
      else await expect(answered).rejects.toMatchObject({ status: 503, code: 'overloaded' })
      expect(onStoreError).toHaveBeenCalledTimes(1)
      expect(onError.mock.calls).toEqual([
        [expect.any(ApiError), expect.objectContaining({ call: asked })],
      ])
      await turn()
      expect(far.release).not.toHaveBeenCalled()
    }
  })

  test('whose renewals fail is told of each, and asked again in time', async () => {
    const { far, limit, clock, onStoreError } = setUp()
    far.renew.mockImplementation(() => thenable(broken) as never)
    const running = compose([limit], () => NEVER)(chat()).subscribe()
    await turn()
    clock.advance(20_000)
    await turn()
    clock.advance(20_000)
    await turn()
    expect(far.renew).toHaveBeenCalledTimes(2)
    expect(onStoreError).toHaveBeenCalledTimes(2)
    running.unsubscribe()
  })

  test.each([0, Number.NaN, Number.POSITIVE_INFINITY, undefined])(
    'with leases of %s ms keeps no timer busy',
    async (leaseMs) => {
      const { far, clock } = setUp()
      const store = { ...far, leaseMs: leaseMs as number }
      const limit = rateLimit({ clock, store, estimateTokens: () => 10, concurrency: 1 })
      const running = compose([limit], () => NEVER)(chat()).subscribe()
      await turn()
      clock.advance(1000)
      expect(far.renew).not.toHaveBeenCalled()
      running.unsubscribe()
    },
  )
})
