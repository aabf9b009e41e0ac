import {
  ApiError,
  call,
  compose,
  ConfigError,
  type Call,
  type CallOptions,
  type Handler,
  type Principal,
} from '@sluice/core'
import { concat, lastValueFrom, NEVER, Observable, retry, take, toArray } from 'rxjs'
import { describe, expect, test, vi } from 'vitest'
import { rateLimit, type RateLimitOptions } from '../src/rate-limit.ts'
import { memoryLimitStore } from '../src/memory-limit-store.ts'
import { document, usageBatch, usageOf, words } from './fixtures/batches.ts'
import { FakeClock } from '@sluice/conformance'
import { answering, upstream } from './fixtures/upstream.ts'

const ALPHA: Principal = { id: 'key-a', tenant: 'alpha' }
const BETA: Principal = { id: 'key-a', tenant: 'beta' }
/** Chat calls whose prompt is said to be 10 tokens, with 90 for the answer. */
const chat = (options: CallOptions = { principal: ALPHA }, more: object = {}) =>
  call(
    'chat.completions',
    { model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 90, ...more },
    options,
  )
const estimate = () => 10
const REPLY = document('hello', usageOf(10, 20))

function setUp(options: RateLimitOptions = {}, next: Handler = answering(REPLY)) {
  const clock = new FakeClock()
  const limit = rateLimit({ clock, estimateTokens: estimate, ...options })
  const handler = compose([limit], next)
  /** Answers a call to its end: how many batches came, or the error. */
  const ask = async (given: Call = chat()): Promise<number | ApiError> => {
    try {
      return (await lastValueFrom(handler(given).pipe(toArray()))).length
    } catch (error) {
      if (!ApiError.is(error)) throw error
      return error
    }
  }
  /** What a caller has left, by the headers of a call that is given up at once. */
  const left = (principal: Principal = ALPHA) => {
    const probe = chat({ principal }, { max_tokens: 1 })
    compose(
      [limit],
      () => NEVER,
    )(probe)
      .subscribe()
      .unsubscribe()
    const { headers } = probe.report
    return {
      requests: Number(headers['x-ratelimit-remaining-requests']) + 1,
      tokens: Number(headers['x-ratelimit-remaining-tokens']) + 11,
    }
  }
  return { clock, handler, ask, left }
}

function refusalOf(outcome: number | ApiError): ApiError {
  if (typeof outcome === 'number') expect.fail('the call was let in')
  return outcome
}

describe('requests per minute', () => {
  test('lets 3,000 in at once by default, and the next one after as long as it is told to wait', async () => {
    const { ask, clock } = setUp()
    for (let index = 0; index < 3000; index++) expect(await ask()).toBe(1)
    const refused = refusalOf(await ask())
    expect(refused).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'requests',
      retryAfterMs: 20,
    })
    expect(refused.toHeaders()).toMatchObject({
      'retry-after': '1',
      'retry-after-ms': '20',
      'x-ratelimit-limit-requests': '3000',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-limit-tokens': '1000000',
    })
    expect(refused.toHeaders()).not.toHaveProperty('x-should-retry')
    clock.advance(19)
    expect(refusalOf(await ask()).retryAfterMs).toBe(1)
    clock.advance(1)
    expect(await ask()).toBe(1)
  })

  test('has no edge at which a quota could be used twice', async () => {
    const { ask, clock } = setUp({ requestsPerMinute: 60 })
    const admitted = async () => {
      let count = 0
      while (typeof (await ask()) === 'number') count++
      return count
    }
    clock.advance(59_000)
    expect(await admitted()).toBe(60)
    clock.advance(1000)
    expect(await admitted()).toBe(1)
    clock.advance(1000)
    expect(await admitted()).toBe(1)
  })

  test('do not care what the calendar says', async () => {
    const { ask, clock } = setUp({ requestsPerMinute: 1 })
    await ask()
    clock.setWall(clock.wall() + 86_400_000)
    expect(refusalOf(await ask()).retryAfterMs).toBe(60_000)
    clock.setWall(clock.wall() - 2 * 86_400_000)
    clock.advance(60_000)
    expect(await ask()).toBe(1)
  })

  test('are not paid back for a failed call', async () => {
    const failing: Handler = () =>
      new Observable((subscriber) =>
        subscriber.error(new ApiError('upstream_error', { message: 'no' })),
      )
    const { ask, left } = setUp({ requestsPerMinute: 10 }, failing)
    expect(refusalOf(await ask()).code).toBe('upstream_error')
    expect(left()).toEqual({ requests: 9, tokens: 1_000_000 })
  })
})

describe('tokens per minute', () => {
  test('are reserved while calls run in parallel, so that together they stay within the limit', () => {
    const { handler, answers } = setUpParallel({ tokensPerMinute: 250 })
    const outcomes = Array.from({ length: 5 }, () => observe(handler(chat())))
    expect(answers).toHaveLength(2)
    for (const { errors } of outcomes.slice(2)) {
      expect(errors[0]).toMatchObject({ status: 429, type: 'tokens', retryAfterMs: 12_000 })
    }
  })

  test('are corrected to what the vendor counted, up and down', async () => {
    for (const [spent, remaining] of [
      [10, 990],
      [500, 500],
      [5000, 0],
    ] as const) {
      const { ask, left, clock } = setUp(
        { tokensPerMinute: 1000 },
        answering(words('hello'), usageBatch(usageOf(0, spent))),
      )
      await ask(chat({ principal: ALPHA }, { max_tokens: 490 }))
      if (remaining > 0) expect(left().tokens).toBe(remaining)
      // A debt of 4,000 is paid by four minutes of 1,000, and one token more is 60 ms.
      else
        expect(
          refusalOf(await ask(chat({ principal: ALPHA }, { max_tokens: 1 }))).retryAfterMs,
        ).toBe(240_660)
      clock.advance(300_660)
      expect(left().tokens).toBe(1000)
    }
  })

  test('of an answer without usage are those of the prompt and of what was handed on', async () => {
    const { ask, left } = setUp(
      { tokensPerMinute: 1000 },
      answering(words(...Array.from({ length: 40 }, () => ' word'))),
    )
    await ask()
    expect(left().tokens).toBeGreaterThan(1000 - 10 - 90)
    expect(left().tokens).toBeLessThanOrEqual(1000 - 10 - 40)
  })

  test.each([
    ['NaN', usageOf(Number.NaN, 1)],
    ['below 0', usageOf(-500, 0)],
    ['beyond belief', usageOf(1e12, 0)],
    ['beyond counting', usageOf(1e30, 0)],
    ['a text', usageOf('10' as unknown as number, 1)],
  ])('of an answer whose usage is %s are counted by us', async (_what, usage) => {
    const { ask, left } = setUp(
      { tokensPerMinute: 1000 },
      answering(words('one', 'two', 'six'), usageBatch(usage)),
    )
    await ask()
    expect(left().tokens).toBe(1000 - 10 - 3)
  })

  test('come back where a call fails before anything was handed on', async () => {
    const { handler, answers, left } = setUpParallel({ tokensPerMinute: 1000 })
    const { errors } = observe(handler(chat()))
    expect(left().tokens).toBe(900)
    answers[0]!.fail(new ApiError('upstream_error', { message: 'no' }))
    expect(errors).toHaveLength(1)
    expect(left().tokens).toBe(1000)
  })

  test('of a broken or abandoned answer are at least those of what was handed on', () => {
    for (const end of ['fail', 'leave'] as const) {
      const { handler, answers, left } = setUpParallel({ tokensPerMinute: 1000 })
      const { subscription } = observe(handler(chat()))
      for (let index = 0; index < 30; index++) answers[0]!.emit(words(' more'))
      if (end === 'fail') answers[0]!.fail(new ApiError('stream_incomplete', { message: 'cut' }))
      else subscription.unsubscribe()
      expect(left().tokens).toBe(1000 - 10 - 60)
    }
  })

  test('of a broken answer are those that the vendor had counted by then, where they are more', () => {
    const { handler, answers, left } = setUpParallel({ tokensPerMinute: 1000 })
    observe(handler(chat()))
    answers[0]!.emit(words('hello'), usageBatch(usageOf(10, 300)))
    answers[0]!.fail(new ApiError('stream_incomplete', { message: 'cut' }))
    expect(left().tokens).toBe(690)
  })

  test('of a prompt that the vendor was already reading are paid by whoever leaves before the answer', () => {
    const { handler, left, open } = setUpParallel({ tokensPerMinute: 1000 })
    observe(handler(chat())).subscription.unsubscribe()
    expect(open()).toBe(0)
    expect(left().tokens).toBe(990)
  })

  test('come back where the caller leaves before anything was asked of a vendor', () => {
    const { handler, left } = setUp({ tokensPerMinute: 1000 }, () => NEVER)
    observe(handler(chat())).subscription.unsubscribe()
    expect(left().tokens).toBe(1000)
  })

  test('are not spent by an answer from the cache, but its request is', async () => {
    const fromCache = ((given) => {
      given.report.cache = 'HIT'
      return answering(words('hello'), usageBatch(usageOf(10, 90)))(given)
    }) as Handler
    const { ask, left } = setUp({ requestsPerMinute: 10, tokensPerMinute: 1000 }, fromCache)
    await ask()
    expect(left()).toEqual({ requests: 9, tokens: 1000 })
  })

  test('refuse a prompt larger than the bucket with the word that waiting is in vain', async () => {
    const { ask, left } = setUp({
      tokensPerMinute: 1000,
      estimateTokens: (given) => (given.model === 'long' ? 1001 : 10),
    })
    const refused = refusalOf(await ask(chat({ principal: ALPHA }, { model: 'long' })))
    expect(refused).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'tokens' })
    expect(refused.toHeaders()['x-should-retry']).toBe('false')
    expect(left()).toEqual({ requests: 3000, tokens: 1000 })
  })
})

describe('concurrency', () => {
  test('lets 100 run by default, and the next one when the last byte of another has gone', () => {
    const { handler, answers } = setUpParallel()
    const running = Array.from({ length: 100 }, () => observe(handler(chat())))
    expect(answers).toHaveLength(100)
    expect(observe(handler(chat())).errors[0]).toMatchObject({
      status: 429,
      type: 'concurrency',
      retryAfterMs: 1000,
    })
    answers[7]!.emit(words('all'), words('said'), usageBatch(usageOf(1, 2)))
    expect(observe(handler(chat())).errors).toHaveLength(1)
    answers[7]!.end()
    expect(running[7]!.ended).toBe(true)
    expect(observe(handler(chat())).errors).toHaveLength(0)
    expect(observe(handler(chat())).errors).toHaveLength(1)
  })

  test.each(['end', 'fail', 'leave'] as const)(
    'frees exactly one slot when an answer comes to its %s',
    (how) => {
      const { handler, answers } = setUpParallel({ concurrency: 2 })
      const first = observe(handler(chat()))
      observe(handler(chat()))
      if (how === 'end') answers[0]!.end()
      else if (how === 'fail') answers[0]!.fail(new Error('broken'))
      else first.subscription.unsubscribe()
      first.subscription.unsubscribe()
      answers[0]!.end()
      answers[0]!.fail(new Error('again'))
      expect(observe(handler(chat())).errors).toHaveLength(0)
      expect(observe(handler(chat())).errors[0]).toMatchObject({ type: 'concurrency' })
    },
  )

  test('has the upstream stopped before the slot is free', () => {
    const { handler, open } = setUpParallel({ concurrency: 1 })
    const { subscription } = observe(handler(chat()))
    subscription.unsubscribe()
    expect(open()).toBe(0)
    expect(observe(handler(chat())).errors).toHaveLength(0)
  })

  test('is free for the next call of a pipeline as soon as the one before has ended', async () => {
    const { handler } = setUp({ concurrency: 1 })
    await expect(
      lastValueFrom(concat(handler(chat()), handler(chat()), handler(chat())).pipe(toArray())),
    ).resolves.toHaveLength(3)
  })

  test('is free for calls that wait in a row, though each ends while the next one begins', async () => {
    const vendor = upstream()
    const { handler } = setUp({ concurrency: 1 }, (given) =>
      (vendor.answers.length === 0 ? vendor : { handler: answering(REPLY) }).handler(given),
    )
    const row = lastValueFrom(
      concat(handler(chat()), handler(chat()), handler(chat())).pipe(toArray()),
    )
    vendor.answers[0]!.end()
    await expect(row).resolves.toHaveLength(2)
  })

  test('is free for a second attempt after a failed one', async () => {
    let attempts = 0
    const flaky: Handler = (given) => (++attempts < 3 ? failing(given) : answering(REPLY)(given))
    const failing: Handler = () =>
      new Observable((subscriber) => subscriber.error(new Error('flaky')))
    const { handler } = setUp({ concurrency: 1 }, flaky)
    await expect(lastValueFrom(handler(chat()).pipe(retry(2)))).resolves.toBe(REPLY)
  })

  test('is free again after a reader that wanted only the beginning', async () => {
    const { handler } = setUp({ concurrency: 1 }, answering(words('a'), words('b'), words('c')))
    for (let index = 0; index < 5; index++) {
      await expect(lastValueFrom(handler(chat()).pipe(take(1), toArray()))).resolves.toHaveLength(1)
    }
  })

  test('stops an upstream whose reader has enough before the upstream has even been subscribed to', async () => {
    const vendor = upstream()
    const eager: Handler = (given) => {
      const answer = vendor.handler(given)
      return new Observable((subscriber) => {
        const source = answer.subscribe(subscriber)
        vendor.answers.at(-1)!.emit(words('hello'))
        return source
      })
    }
    const { handler } = setUp({ concurrency: 1 }, eager)
    await expect(lastValueFrom(handler(chat()).pipe(take(1), toArray()))).resolves.toHaveLength(1)
    expect(vendor.open).toBe(0)
  })

  test('survives a handler that throws', async () => {
    const { handler, left } = setUp({ concurrency: 1 }, () => {
      throw new Error('a handler of the host')
    })
    for (let index = 0; index < 3; index++) {
      await expect(lastValueFrom(handler(chat()))).rejects.toThrow('a handler of the host')
    }
    expect(left().tokens).toBe(1_000_000)
  })
})

describe('an answer that is let in', () => {
  test('says how the limits stand', async () => {
    const { ask } = setUp({ requestsPerMinute: 60, tokensPerMinute: 1000 })
    const given = chat()
    await ask(given)
    expect(given.report.headers).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '900',
      'x-ratelimit-reset-tokens': '6s',
    })
  })

  test('is handed on untouched', async () => {
    const batches = [words('one'), words('two'), usageBatch(usageOf(1, 2))]
    const { handler } = setUp({}, answering(...batches))
    const given = await lastValueFrom(handler(chat()).pipe(toArray()))
    expect(given).toHaveLength(3)
    given.forEach((batch, index) => expect(batch).toBe(batches[index]))
  })

  test('does not begin before somebody subscribes, and is counted anew for each who does', async () => {
    const { handler, left } = setUp({ requestsPerMinute: 10 })
    const answer = handler(chat())
    expect(left().requests).toBe(10)
    await lastValueFrom(answer)
    await lastValueFrom(answer)
    expect(left().requests).toBe(7)
  })

  test('is not limited at all where everything is off', async () => {
    const store = { ...memoryLimitStore(), acquire: vi.fn() }
    const { ask } = setUp({ requestsPerMinute: 0, tokensPerMinute: 0, concurrency: 0, store })
    const given = chat()
    expect(await ask(given)).toBe(1)
    expect(given.report.headers).toEqual({})
    expect(store.acquire).not.toHaveBeenCalled()
  })

  test('leaves no timer behind for longer than a lease', async () => {
    const { ask, clock } = setUp()
    await ask()
    clock.advance(60_000)
    expect(clock.timers).toBe(0)
  })
})

describe('whose limits', () => {
  test("one tenant's use is not another's, even where their ids are equal", async () => {
    const { ask, left } = setUp({ requestsPerMinute: 2 })
    await ask()
    await ask()
    expect(refusalOf(await ask()).type).toBe('requests')
    expect(await ask(chat({ principal: BETA }))).toBe(1)
    expect(left(BETA).requests).toBe(1)
  })

  test("a principal's own limits replace those of the stage", async () => {
    const { ask } = setUp({ requestsPerMinute: 1 })
    const favoured = { ...ALPHA, limits: { requestsPerMinute: 3 } }
    for (let index = 0; index < 3; index++) expect(await ask(chat({ principal: favoured }))).toBe(1)
    expect(
      refusalOf(await ask(chat({ principal: favoured }))).toHeaders()['x-ratelimit-limit-requests'],
    ).toBe('3')
  })

  test('all share one bucket where that is wanted, nobody in particular included', async () => {
    const { ask } = setUp({ keyBy: 'all', requestsPerMinute: 2 })
    expect(await ask(chat({ principal: ALPHA }))).toBe(1)
    expect(await ask(chat({}))).toBe(1)
    expect(refusalOf(await ask(chat({ principal: BETA }))).type).toBe('requests')
  })

  test('a function may say', async () => {
    const { ask } = setUp({
      keyBy: ({ principal, model }) => `${principal!.tenant}/${model}`,
      requestsPerMinute: 1,
    })
    expect(await ask(chat({ principal: ALPHA }))).toBe(1)
    expect(await ask(chat({ principal: ALPHA }, { model: 'other' }))).toBe(1)
    expect(refusalOf(await ask(chat({ principal: { ...ALPHA, id: 'key-b' } }))).type).toBe(
      'requests',
    )
  })

  test('a call that nobody makes is a mistake in how things are put together', async () => {
    const { ask } = setUp()
    await expect(ask(chat({}))).rejects.toSatisfy(
      (error) => ConfigError.is(error) && error.code === 'ERR_RATE_LIMIT_NO_PRINCIPAL',
    )
  })

  test('two stages in one process know nothing of each other', async () => {
    const [one, other] = [setUp({ requestsPerMinute: 1 }), setUp({ requestsPerMinute: 1 })]
    await one.ask()
    expect(await other.ask()).toBe(1)
  })

  test('listing models is free, even without a principal', async () => {
    const { ask, left } = setUp({ requestsPerMinute: 1 })
    for (let index = 0; index < 5; index++) {
      expect(await ask(call('models.list', {}))).toBe(1)
      expect(await ask(call('models.retrieve', { model: 'm' }))).toBe(1)
    }
    expect(left().requests).toBe(1)
  })

  test('embeddings are counted by their input alone', async () => {
    const { ask } = setUp({ estimateTokens: undefined })
    const given = call('embeddings', { model: 'm', input: 'x'.repeat(4000) }, { principal: ALPHA })
    await ask(given)
    expect(given.report.headers['x-ratelimit-remaining-tokens']).toBe('999000')
  })
})

test.each([
  { requestPerMinute: 1 },
  { requestsPerMinute: -1 },
  { requestsPerMinute: 0.5 },
  { tokensPerMinute: Number.NaN },
  { tokensPerMinute: Infinity },
  { concurrency: '5' },
  { by: 'tenant' },
  { failOpen: 'maybe' },
  { storeTimeoutMs: 0 },
  { store: 'redis' },
])('refuses the options %j', (options) => {
  const fault = expect.objectContaining({ code: 'ERR_RATE_LIMIT_OPTIONS' })
  expect(() => rateLimit(options as RateLimitOptions)).toThrow(fault)
})

function setUpParallel(options: RateLimitOptions = {}) {
  const vendor = upstream()
  return { ...setUp(options, vendor.handler), answers: vendor.answers, open: () => vendor.open }
}

function observe(answer: Observable<unknown>) {
  const seen = { errors: [] as unknown[], ended: false }
  const subscription = answer.subscribe({
    error: (error: unknown) => seen.errors.push(error),
    complete: () => {
      seen.ended = true
    },
  })
  return Object.assign(seen, { subscription })
}
