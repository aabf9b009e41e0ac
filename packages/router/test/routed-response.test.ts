import { setImmediate } from 'node:timers/promises'
import type { Batch, Call } from '@sluice/core'
import { concat, EMPTY, NEVER, Observable, of, Subject, take, takeUntil, throwError } from 'rxjs'
import { beforeEach, describe, expect, it } from 'vitest'
import { modelRouter, type ModelRouterOptions, type Routes } from '../src/index.ts'
import { chat, collect } from './fixtures/collect.ts'
import { FakeClock } from './fixtures/fake-clock.ts'
import { batch, brokenAfter, endless, failure, fakeTarget, textOf } from './fixtures/fake-target.ts'

let clock: FakeClock

beforeEach(() => {
  clock = new FakeClock()
})

/** A router on the fake clock whose pauses are half of what they may be. */
function router(routes: Routes, options: ModelRouterOptions = {}) {
  return modelRouter(routes, { clock, random: () => 0.5, ...options })
}

describe('a routed answer', () => {
  describe('falls back', () => {
    it.each([
      ['upstream_unreachable', undefined],
      ['upstream_timeout', undefined],
      ['upstream_timeout', 408],
      ['upstream_error', 500],
      ['upstream_unavailable', 503],
      ['upstream_invalid_response', undefined],
      ['upstream_empty_response', undefined],
      ['upstream_empty_stream', undefined],
      ['upstream_auth_error', undefined],
      ['upstream_auth_error', 401],
      ['rate_limit_exceeded', undefined],
      ['insufficient_quota', 402],
      ['conflict', undefined],
      ['overloaded', undefined],
      ['unsupported_endpoint', undefined],
    ] as const)('to the next target at once after %s %s', (code, status) => {
      const [first, second] = [
        fakeTarget('first', [failure(code, { status })]),
        fakeTarget('second'),
      ]
      const got = collect(router({ m: [first, second] }), 'm')
      expect(got).toMatchObject({ texts: ['from second'], completed: true, error: undefined })
      expect(got.call.report).toMatchObject({ provider: 'second', model: 'm', attempts: 2 })
      expect(clock.pendingMs).toEqual([])
    })

    it('in the order of the array, with the model of each', () => {
      const names = ['a', 'b', 'c']
      const targets = names.map((id) => fakeTarget(id, [failure('upstream_error'), `from ${id}`]))
      const routes = targets.map((to, index) => ({ to, model: `${names[index]}-1` }))
      const got = collect(router({ m: routes }, { retries: 0 }), 'm')
      expect(targets.map((target) => target.models)).toEqual([['a-1'], ['b-1'], ['c-1']])
      expect(got.error).toMatchObject({ code: 'upstream_error' })
    })

    it('past a target that cannot do the operation, without asking it', () => {
      const [deaf, good] = [
        fakeTarget('deaf', ['no'], ['embeddings']),
        fakeTarget('good', ['yes'], ['chat.completions']),
      ]
      expect(collect(router({ m: [deaf, good] }), 'm').texts).toEqual(['yes'])
      expect(deaf.calls).toHaveLength(0)
    })

    it('past a handler that throws or ends without an answer', () => {
      const throwing = Object.assign(
        () => {
          throw new TypeError('a bug')
        },
        { id: 'throwing' },
      )
      const [silent, good] = [fakeTarget('silent', [() => EMPTY]), fakeTarget('good')]
      expect(collect(router({ m: [throwing, silent, good] }), 'm').texts).toEqual(['from good'])
    })

    it('and forgets which params the target before it would have left out', () => {
      const dropping = fakeTarget('dropping', [
        (call) => {
          call.report.droppedParams.push('logit_bias')
          return throwError(() => failure('upstream_error'))
        },
      ])
      const asked = chat('m')
      asked.report.droppedParams.push('before')
      collect(router({ m: [dropping, fakeTarget('good')] }), asked)
      expect(asked.report.droppedParams).toEqual(['before'])
    })
  })

  describe('does not fall back', () => {
    it.each([
      ['invalid_request_error', 400],
      ['not_found', 404],
      ['request_too_large', 413],
      ['invalid_request_error', 422],
      ['context_length_exceeded', undefined],
      ['unsupported_parameter', undefined],
    ] as const)('after %s %s, which is a fault of the request', (code, status) => {
      const error = failure(code, { status })
      const [first, second] = [fakeTarget('first', [error]), fakeTarget('second')]
      const got = collect(router({ m: [first, second] }), 'm')
      expect(got.error).toBe(error)
      expect(second.calls).toHaveLength(0)
      expect(clock.pendingMs).toEqual([])
    })

    it('once a batch was delivered', () => {
      const error = failure('stream_incomplete')
      const [first, second] = [
        fakeTarget('first', [brokenAfter('half', error)]),
        fakeTarget('second'),
      ]
      const got = collect(router({ m: [first, second] }), 'm')
      expect(got).toMatchObject({ texts: ['half'], error, completed: false })
      expect(second.calls).toHaveLength(0)
      expect(clock.pendingMs).toEqual([])
    })
  })

  describe('is repeated', () => {
    it('when all targets have failed, in their order, until one answers', () => {
      const a = fakeTarget('a', [failure('upstream_error')])
      const b = fakeTarget('b', [failure('upstream_error'), failure('upstream_error'), 'at last'])
      const got = collect(router({ m: [a, b] }), 'm')
      expect(clock.pendingMs).toEqual([125])
      clock.advance(125)
      expect(clock.pendingMs).toEqual([250])
      clock.advance(250)
      expect(got).toMatchObject({ texts: ['at last'], completed: true })
      expect([a.calls.length, b.calls.length]).toEqual([3, 3])
      expect(got.call.report.attempts).toBe(6)
    })

    it('twice and no more, and then fails as the upstream did', () => {
      const target = fakeTarget('a', [failure('upstream_error', { status: 500, wireCode: 'boom' })])
      const got = collect(router({ m: target }), 'm')
      clock.advance(10_000)
      expect(target.calls).toHaveLength(3)
      expect(got.error).toMatchObject({ code: 'upstream_error', status: 500, wireCode: 'boom' })
      expect(clock.pendingMs).toEqual([])
    })

    it.each([
      [0, 0],
      [0.999, 249.75],
    ])('after a pause drawn from the whole range (%d)', (draw, pause) => {
      collect(
        router({ m: fakeTarget('a', [failure('upstream_error')]) }, { random: () => draw }),
        'm',
      )
      expect(clock.pendingMs).toEqual([pause])
    })

    it('once only after a timeout, because nobody waits three times as long', () => {
      const target = fakeTarget('a', [failure('upstream_timeout')])
      const got = collect(router({ m: target }), 'm')
      clock.advance(10_000)
      expect(target.calls).toHaveLength(2)
      expect(got.error).toMatchObject({ status: 504 })
    })

    it.each(['upstream_auth_error', 'insufficient_quota', 'unsupported_endpoint'] as const)(
      'never at the same target after %s',
      (code) => {
        const target = fakeTarget('a', [failure(code)])
        expect(collect(router({ m: target }), 'm').error).toMatchObject({ code })
        expect(target.calls).toHaveLength(1)
      },
    )

    it('not at all with retries: 0', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      expect(collect(router({ m: target }, { retries: 0 }), 'm').error).toBeDefined()
      expect(target.calls).toHaveLength(1)
    })

    it('only by the targets that may be asked again', () => {
      const [locked, ill] = [
        fakeTarget('locked', [failure('upstream_auth_error')]),
        fakeTarget('ill', [failure('upstream_error'), 'well']),
      ]
      const got = collect(router({ m: [locked, ill] }), 'm')
      clock.advance(1000)
      expect(got.texts).toEqual(['well'])
      expect([locked.calls.length, ill.calls.length]).toEqual([1, 2])
    })

    it('while the budget lasts, and an outage does not multiply the load', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const routed = router({ m: target }, { circuitBreaker: false })
      for (let call = 0; call < 1000; call++) {
        collect(routed, 'm')
        clock.advance(1)
      }
      clock.advance(10_000)
      expect(target.calls.length).toBeGreaterThan(1000 * 1.15)
      expect(target.calls.length).toBeLessThanOrEqual(1000 * 1.2 + 20 + 2 * 11)
    })

    it('at each of several targets at the cost of one repeat', () => {
      const targets = ['a', 'b'].map((id) => fakeTarget(id, [failure('upstream_error')]))
      const routed = router({ m: targets }, { circuitBreaker: false, retryBudgetRatio: 0 })
      for (let call = 0; call < 100; call++) collect(routed, 'm')
      clock.advance(1000)
      const asked = targets.reduce((sum, target) => sum + target.calls.length, 0)
      expect(asked).toBeGreaterThanOrEqual(2 * 100 + 20)
      expect(asked).toBeLessThanOrEqual(2 * 100 + 20 + 2)
    })

    it('not even after a pause where the budget is spent', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const routed = router({ m: target }, { circuitBreaker: false, retryBudgetRatio: 0 })
      const got = Array.from({ length: 21 }, () => collect(routed, 'm'))
      expect(got.filter((one) => one.error !== undefined)).toEqual([got.at(-1)])
      expect(clock.pendingMs).toHaveLength(20)
    })
  })

  describe('heeds Retry-After', () => {
    it('and waits as long where it fits, with the jitter on top', () => {
      const target = fakeTarget('a', [failure('rate_limit_exceeded', { retryAfterMs: 1500 }), 'ok'])
      const got = collect(router({ m: target }), 'm')
      expect(clock.pendingMs).toEqual([1625])
      clock.advance(1625)
      expect(got.texts).toEqual(['ok'])
    })

    it('and never waits past what a call may wait', () => {
      collect(
        router({ m: fakeTarget('a', [failure('rate_limit_exceeded', { retryAfterMs: 1999 })]) }),
        'm',
      )
      expect(clock.pendingMs).toEqual([2000])
    })

    it('and counts all waits of a call together', () => {
      const target = fakeTarget('a', [failure('rate_limit_exceeded', { retryAfterMs: 1200 })])
      const got = collect(router({ m: target }), 'm')
      clock.advance(10_000)
      expect(target.calls).toHaveLength(2)
      expect(got.error).toMatchObject({ status: 429, retryAfterMs: 1200 })
    })

    it('and ends at once where it is longer, keeping it', () => {
      const target = fakeTarget('a', [failure('rate_limit_exceeded', { retryAfterMs: 7000 })])
      const got = collect(router({ m: target }), 'm')
      expect(got.error).toMatchObject({ status: 429, retryAfterMs: 7000 })
      expect(got.error!.toHeaders()).toMatchObject({ 'retry-after': '7', 'retry-after-ms': '7000' })
      expect(clock.pendingMs).toEqual([])
    })

    it('of each target by itself', () => {
      const patient = fakeTarget('patient', [
        failure('rate_limit_exceeded', { retryAfterMs: 60_000 }),
      ])
      const quick = fakeTarget('quick', [failure('upstream_error'), 'ok'])
      const got = collect(router({ m: [patient, quick] }), 'm')
      clock.advance(125)
      expect(got.texts).toEqual(['ok'])
      expect(patient.calls).toHaveLength(1)
    })

    it('and tells the longest that any attempt asked for', () => {
      const a = fakeTarget('a', [failure('rate_limit_exceeded', { retryAfterMs: 9000 })])
      const b = fakeTarget('b', [
        failure('rate_limit_exceeded', { retryAfterMs: 5000, wireCode: 'b' }),
      ])
      expect(collect(router({ m: [a, b] }), 'm').error).toMatchObject({
        wireCode: 'b',
        retryAfterMs: 9000,
      })
    })
  })

  describe('fails with what tells most', () => {
    it.each([
      [
        'the upstream after a target that is set up wrong',
        ['upstream_error', 'upstream_auth_error'],
        'upstream_error',
      ],
      ['the last of two upstreams', ['rate_limit_exceeded', 'upstream_error'], 'upstream_error'],
      ['the wrong key where nothing else happened', ['upstream_auth_error'], 'upstream_auth_error'],
    ] as const)('%s', (_what, codes, expected) => {
      const targets = codes.map((code) => fakeTarget(code, [failure(code)]))
      expect(collect(router({ m: targets }, { retries: 0 }), 'm').error).toMatchObject({
        code: expected,
      })
    })

    it('says that the operation is not offered where no target can do it', () => {
      const got = collect(router({ m: fakeTarget('a', ['no'], ['embeddings']) }), 'm')
      expect(got.error).toMatchObject({
        status: 404,
        code: 'unsupported_endpoint',
        message: 'The model `m` does not offer chat.completions.',
      })
    })

    it('gives a 500 that tells nothing of a bug in a handler', () => {
      const buggy = fakeTarget('buggy', [() => throwError(() => new TypeError('secret'))])
      const got = collect(router({ m: buggy }), 'm')
      expect(got.error).toMatchObject({ status: 500, code: 'server_error' })
      expect(got.error!.message).not.toContain('secret')
      expect(buggy.calls).toHaveLength(1)
    })
  })

  describe('stops when the caller leaves', () => {
    it('while it waits for another round: no timer stays and nobody is asked', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const got = collect(router({ m: target }), 'm')
      expect(clock.pendingMs).toHaveLength(1)
      got.subscription.unsubscribe()
      expect(clock.pendingMs).toEqual([])
      clock.advance(10_000)
      expect(target.calls).toHaveLength(1)
      expect(got.error).toBeUndefined()
    })

    it.each([
      ['before the first batch', 'silence'],
      ['after it', endless('x')],
    ] as const)('%s: the target is stopped', (_when, outcome) => {
      const target = fakeTarget('a', [outcome])
      const got = collect(router({ m: target }), 'm')
      expect(target.running).toBe(1)
      got.subscription.unsubscribe()
      expect(target.running).toBe(0)
    })

    it('while a target that fell back at once is being subscribed to', () => {
      const second = fakeTarget('second', ['silence'])
      const got = collect(
        router({ m: [fakeTarget('first', [failure('upstream_error')]), second] }),
        'm',
      )
      expect(second.running).toBe(1)
      got.subscription.unsubscribe()
      expect(second.running).toBe(0)
    })

    it('by its own first batch, delivered during the subscription', () => {
      const target = fakeTarget('a', [endless('x')])
      const texts: string[] = []
      router({ m: target })(chat('m'))
        .pipe(take(1))
        .subscribe((one) => texts.push(textOf(one)))
      expect(texts).toEqual(['x'])
      expect(target.running).toBe(0)
    })

    it('during the subscription, and nobody else is asked when the target then fails', () => {
      const left = new Subject<void>()
      const first = fakeTarget('first', [
        () => {
          left.next()
          return throwError(() => failure('upstream_error'))
        },
      ])
      const second = fakeTarget('second')
      router({ m: [first, second], n: first })(chat('m'))
        .pipe(takeUntil(left))
        .subscribe()
      router({ m: first })(chat('m')).pipe(takeUntil(left)).subscribe()
      expect(first.calls).toHaveLength(2)
      expect(second.calls).toHaveLength(0)
      expect(clock.pendingMs).toEqual([])
    })

    it('and begins no other round for a target that fails behind its back', () => {
      const target = fakeTarget('a', [
        (call) =>
          concat(
            of(batch('x', call)),
            throwError(() => failure('upstream_error')),
          ),
      ])
      router({ m: target })(chat('m')).pipe(take(1)).subscribe()
      expect(clock.pendingMs).toEqual([])
      expect(target.calls).toHaveLength(1)
    })
  })

  describe('under a circuit breaker', () => {
    const breaker = { minimumCalls: 10, cooldownMs: 3000 }

    /** Ends `count` calls in a row. */
    function ask(routed: ReturnType<typeof router>, count: number): void {
      for (let call = 0; call < count; call++) collect(routed, 'm')
    }

    it('passes over a target that keeps failing, until it has recovered', () => {
      const ill = fakeTarget('ill', [
        ...Array.from({ length: 10 }, () => failure('upstream_error')),
        'well again',
      ])
      const routed = router({ m: [ill, fakeTarget('spare')] }, { circuitBreaker: breaker })
      ask(routed, 30)
      expect(ill.calls).toHaveLength(10)
      clock.advance(3000)
      expect(collect(routed, 'm').texts).toEqual(['well again'])
      expect(collect(routed, 'm').texts).toEqual(['well again'])
    })

    it('answers 503 with the time to wait where all targets are left alone', () => {
      const targets = ['a', 'b'].map((id) => fakeTarget(id, [failure('upstream_error')]))
      const routed = router({ m: targets }, { circuitBreaker: breaker, retries: 0 })
      ask(routed, 10)
      clock.advance(1000)
      const got = collect(routed, 'm')
      expect(got.error).toMatchObject({
        status: 503,
        code: 'upstream_unavailable',
        retryAfterMs: 2000,
      })
      expect(targets.map((target) => target.calls.length)).toEqual([10, 10])
    })

    it('tells the shortest wait of several', () => {
      const early = fakeTarget('early', [failure('upstream_error')])
      const late = fakeTarget('late', [
        brokenAfter('half', failure('invalid_request_error')),
        failure('upstream_error'),
      ])
      const routed = router(
        { m: [early, late] },
        { circuitBreaker: { ...breaker, minimumCalls: 1 }, retries: 0 },
      )
      ask(routed, 1)
      clock.advance(1000)
      ask(routed, 2)
      expect(late.calls).toHaveLength(3)
      expect(collect(routed, 'm').error).toMatchObject({
        code: 'upstream_unavailable',
        retryAfterMs: 2000,
      })
    })

    it('keeps the wait that an upstream asked for, whoever else is left alone for less', () => {
      const limited = fakeTarget('limited', [
        failure('rate_limit_exceeded', { retryAfterMs: 9000 }),
      ])
      const ill = fakeTarget('ill', [failure('upstream_error')])
      const routed = router(
        { m: [limited, ill] },
        { circuitBreaker: { ...breaker, minimumCalls: 1 }, retries: 0 },
      )
      ask(routed, 2)
      expect(ill.calls).toHaveLength(1)
      expect(collect(routed, 'm').error).toMatchObject({
        code: 'rate_limit_exceeded',
        retryAfterMs: 9000,
      })
    })

    it("prefers an upstream's own failure to the 503", () => {
      const [ill, bad] = [
        fakeTarget('ill', [failure('upstream_error')]),
        fakeTarget('bad', [failure('upstream_auth_error')]),
      ]
      const routed = router({ m: [ill, bad] }, { circuitBreaker: breaker, retries: 0 })
      ask(routed, 10)
      const { error } = collect(routed, 'm')
      expect(error).toMatchObject({ code: 'upstream_auth_error', retryAfterMs: undefined })
      expect(ill.calls).toHaveLength(10)
    })

    it('weighs failures against what went well', () => {
      const outcomes = [...Array.from({ length: 10 }, () => 'ok'), failure('upstream_error')]
      const target = fakeTarget('a', outcomes)
      const routed = router({ m: target }, { circuitBreaker: breaker, retries: 0 })
      ask(routed, 20)
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_error' })
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
    })

    it('does not wait for a round that nobody would take part in', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const routed = router({ m: target }, { circuitBreaker: { ...breaker, minimumCalls: 1 } })
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_error' })
      expect(clock.pendingMs).toEqual([])
    })

    it('counts a stream that dies on the way as a failure', () => {
      const target = fakeTarget('a', [brokenAfter('half', failure('stream_incomplete'))])
      const routed = router({ m: target }, { circuitBreaker: breaker })
      ask(routed, 10)
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
    })

    it('judges an answer at its end, not at its beginning', () => {
      let end = (): void => {}
      const target = fakeTarget('a', [
        (call) =>
          new Observable((subscriber) => {
            subscriber.next(batch('x', call))
            end = () => subscriber.error(failure('stream_incomplete'))
          }),
      ])
      const routed = router({ m: target }, { circuitBreaker: { ...breaker, minimumCalls: 1 } })
      collect(routed, 'm')
      expect(collect(routed, 'm').texts).toEqual(['x'])
      end()
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
    })

    it('never counts callers who leave, a thousand of them', () => {
      const target = fakeTarget('a', ['silence', endless('x')])
      const routed = router({ m: target }, { circuitBreaker: { ...breaker, minimumCalls: 1 } })
      for (let call = 0; call < 1000; call++) collect(routed, 'm').subscription.unsubscribe()
      expect(collect(routed, 'm').texts).toEqual(['x'])
      expect(target.calls).toHaveLength(1001)
    })

    it.each([
      ['invalid_request_error', 400],
      ['not_found', 404],
      ['upstream_auth_error', undefined],
      ['rate_limit_exceeded', undefined],
    ] as const)('does not take %s for an illness of the upstream', (code, status) => {
      const target = fakeTarget('a', [failure(code, { status })])
      const routed = router({ m: target }, { circuitBreaker: breaker, retries: 0 })
      ask(routed, 100)
      expect(target.calls).toHaveLength(100)
    })

    it('counts a call once, however often it is repeated', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const routed = router({ m: target }, { circuitBreaker: breaker })
      for (let call = 0; call < 9; call++) {
        collect(routed, 'm')
        clock.advance(800)
      }
      expect(target.calls).toHaveLength(27)
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_error' })
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
    })

    it('counts a repeat that dies on the way as a failure of its own', () => {
      const target = fakeTarget('a', [
        failure('upstream_error'),
        brokenAfter('half', failure('stream_incomplete')),
      ])
      const routed = router({ m: target }, { circuitBreaker: { ...breaker, minimumCalls: 2 } })
      expect(collect(routed, 'm').texts).toEqual([])
      clock.advance(125)
      expect(target.calls).toHaveLength(2)
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
    })

    it('takes a failed repeat for a failed probe where it was one', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const routed = router(
        { m: target },
        { circuitBreaker: { minimumCalls: 1, cooldownMs: 100 }, retries: 1 },
      )
      collect(routed, 'm')
      clock.advance(225)
      expect(target.calls).toHaveLength(2)
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
    })

    it('does not let a probe that ends late close a circuit that opened again', () => {
      const ends: (() => void)[] = []
      const target = fakeTarget('a', [
        failure('upstream_error'),
        (call) =>
          new Observable((subscriber) => {
            subscriber.next(batch('speaks', call))
            ends.push(() => subscriber.complete())
          }),
        failure('upstream_error'),
      ])
      const routed = router(
        { m: target },
        { circuitBreaker: { ...breaker, minimumCalls: 1 }, retries: 0 },
      )
      collect(routed, 'm')
      clock.advance(3000)
      collect(routed, 'm')
      collect(routed, 'm')
      ends.shift()!()
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
    })

    it('lets everyone in again when the probe speaks, though its answer is long', () => {
      const target = fakeTarget('a', [
        ...Array.from({ length: 10 }, () => failure('upstream_error')),
        endless('speaks'),
      ])
      const routed = router({ m: target }, { circuitBreaker: breaker, retries: 0 })
      ask(routed, 10)
      clock.advance(3000)
      expect(collect(routed, 'm').texts).toEqual(['speaks'])
      expect(collect(routed, 'm').texts).toEqual(['speaks'])
    })

    it('sends another probe when the caller of the first one leaves', () => {
      const target = fakeTarget('a', [
        ...Array.from({ length: 10 }, () => failure('upstream_error')),
        'silence',
        'ok',
      ])
      const routed = router({ m: target }, { circuitBreaker: breaker, retries: 0 })
      ask(routed, 10)
      clock.advance(3000)
      const probe = collect(routed, 'm')
      expect(collect(routed, 'm').error).toMatchObject({ code: 'upstream_unavailable' })
      probe.subscription.unsubscribe()
      expect(collect(routed, 'm').texts).toEqual(['ok'])
    })

    it('keeps a target apart from the same handler in another route', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const routed = router({ m: target, n: target }, { circuitBreaker: breaker, retries: 0 })
      ask(routed, 12)
      expect(target.calls).toHaveLength(10)
      expect(collect(routed, 'n').error).toMatchObject({ code: 'upstream_error' })
    })

    it('never leaves a target alone with circuitBreaker: false', () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      ask(router({ m: target }, { circuitBreaker: false, retries: 0 }), 100)
      expect(target.calls).toHaveLength(100)
    })
  })

  describe('behind a bulkhead', () => {
    /** A target whose answers end when told to. */
    function holding() {
      const ends: (() => void)[] = []
      const target = fakeTarget('held', [
        (call: Call) =>
          new Observable<Batch>((subscriber) => {
            subscriber.next(batch('begun', call))
            ends.push(() => subscriber.complete())
          }),
      ])
      return { target, ends }
    }

    it('runs as many as allowed, held to the last byte, and the others after them', async () => {
      const { target, ends } = holding()
      const routed = router({ m: { to: target, maxConcurrent: 2 } })
      const got = [1, 2, 3].map(() => collect(routed, 'm'))
      await setImmediate()
      expect(got.map((one) => one.texts.length)).toEqual([1, 1, 0])
      ends.shift()!()
      await setImmediate()
      expect(got.map((one) => one.texts.length)).toEqual([1, 1, 1])
      expect(target.running).toBe(2)
    })

    it('sends what the queue cannot hold to the next target', async () => {
      const { target } = holding()
      const spare = fakeTarget('spare')
      const routed = router({ m: [{ to: target, maxConcurrent: 1, maxQueue: 1 }, spare] })
      const got = [1, 2, 3].map(() => collect(routed, 'm'))
      await setImmediate()
      expect(got.map((one) => one.texts)).toEqual([['begun'], [], ['from spare']])
    })

    it('answers 503 where there is none', async () => {
      const { target } = holding()
      const routed = router({ m: { to: target, maxConcurrent: 1, maxQueue: 0 } })
      collect(routed, 'm')
      const got = collect(routed, 'm')
      expect(got.error).toMatchObject({ status: 503, code: 'overloaded', retryAfterMs: 1000 })
      await setImmediate()
      expect(target.calls).toHaveLength(1)
      expect(clock.pendingMs).toEqual([])
    })

    it('never runs a queued call whose caller left', async () => {
      const { target, ends } = holding()
      const routed = router({ m: { to: target, maxConcurrent: 1 } })
      collect(routed, 'm')
      const gone = collect(routed, 'm')
      const staying = collect(routed, 'm')
      await setImmediate()
      gone.subscription.unsubscribe()
      ends.shift()!()
      await setImmediate()
      expect(target.calls).toHaveLength(2)
      expect(gone.texts).toEqual([])
      expect(staying.texts).toEqual(['begun'])
    })

    it.each(['leaves', 'gets an error'])('gives the place back when the caller %s', async (how) => {
      const target = fakeTarget('a', [
        how === 'leaves' ? () => NEVER : failure('invalid_request_error'),
        'second',
      ])
      const routed = router({ m: { to: target, maxConcurrent: 1 } })
      const first = collect(routed, 'm')
      const second = collect(routed, 'm')
      await setImmediate()
      first.subscription.unsubscribe()
      await setImmediate()
      expect(second.texts).toEqual(['second'])
    })

    it('does not hold a place while it waits for another round', async () => {
      const target = fakeTarget('a', [failure('upstream_error'), 'second', 'first again'])
      const routed = router({ m: { to: target, maxConcurrent: 1 } })
      const first = collect(routed, 'm')
      const second = collect(routed, 'm')
      await setImmediate()
      expect(second.texts).toEqual(['second'])
      clock.advance(125)
      await setImmediate()
      expect(first.texts).toEqual(['first again'])
    })

    it('goes on to the next target when the circuit opened while it was queued', async () => {
      const target = fakeTarget('a', [failure('upstream_error')])
      const spare = fakeTarget('spare', [endless('spare')])
      const routed = router(
        { m: [{ to: target, maxConcurrent: 1 }, spare] },
        { circuitBreaker: { minimumCalls: 1 } },
      )
      const got = [1, 2, 3].map(() => collect(routed, 'm'))
      await setImmediate()
      expect(got.map((one) => one.texts)).toEqual([['spare'], ['spare'], ['spare']])
      expect(target.calls).toHaveLength(1)
    })
  })
})
