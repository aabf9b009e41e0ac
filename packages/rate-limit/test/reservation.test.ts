import { ApiError, call, ConfigError, type Principal } from '@sluice/core'
import { expect, test } from 'vitest'
import { estimateTokens } from '../src/estimate-tokens.ts'
import { reservationFor, type ReservationRules } from '../src/reservation.ts'

const RULES: ReservationRules = {
  limits: { requestsPerMinute: 60, tokensPerMinute: 100_000, concurrency: 5 },
  by: 'principal',
  estimate: undefined,
  defaultCompletionTokens: 1024,
  principalKeys: new WeakMap(),
}
const ALPHA: Principal = { id: 'key-1', tenant: 'alpha' }
const withTokens = (tokensPerMinute: number) => ({
  ...RULES,
  limits: { ...RULES.limits, tokensPerMinute },
})
const chat = (more: object = {}, principal: Principal = ALPHA) =>
  call(
    'chat.completions',
    { model: 'm', messages: [{ role: 'user', content: 'hello' }], ...more },
    { principal },
  )
const PROMPT = estimateTokens(chat().params, 0).prompt

test('reserves the prompt and what the caller lets be written', () => {
  expect(reservationFor(chat({ max_tokens: 500, n: 2 }), RULES)).toMatchObject({
    prompt: PROMPT,
    tokens: PROMPT + 1000,
  })
})

test('reserves the default where max_tokens is left out', () => {
  expect(reservationFor(chat(), RULES).tokens).toBe(PROMPT + 1024)
})

test('does not let a default empty a small bucket', () => {
  expect(reservationFor(chat(), withTokens(1000)).tokens).toBe(PROMPT + 100)
})

test('reserves a whole bucket at most', () => {
  expect(reservationFor(chat({ max_tokens: 1e9 }), withTokens(1000)).tokens).toBe(1000)
})

test('reserves no completion for embeddings', () => {
  const embeddings = call(
    'embeddings',
    { model: 'm', input: 'x'.repeat(400) },
    { principal: ALPHA },
  )
  expect(reservationFor(embeddings, RULES).tokens).toBe(100)
})

test('reserves no completion for moderations and speech', () => {
  const moderation = call('moderations', { input: 'x'.repeat(400) }, { principal: ALPHA })
  expect(reservationFor(moderation, RULES).tokens).toBe(100)
  const speech = call(
    'audio.speech',
    { model: 'm', input: 'x'.repeat(400), voice: 'alloy' },
    { principal: ALPHA },
  )
  expect(reservationFor(speech, RULES).tokens).toBe(100)
})

test('does not count what is not limited', () => {
  expect(
    reservationFor(chat({ messages: [{ role: 'user', content: 'x'.repeat(1e6) }] }), withTokens(0))
      .tokens,
  ).toBe(1)
})

test('refuses a prompt for which no bucket would ever be full enough, and says that waiting is in vain', () => {
  const long = chat({ messages: [{ role: 'user', content: 'x'.repeat(8000) }] })
  let error: unknown
  try {
    reservationFor(long, withTokens(1000))
  } catch (thrown) {
    error = thrown
  }
  expect(ApiError.is(error)).toBe(true)
  const refused = error as ApiError
  expect(refused).toMatchObject({
    status: 429,
    code: 'rate_limit_exceeded',
    type: 'tokens',
    retryAfterMs: undefined,
  })
  expect(refused.message).toMatch(/too large.*1000.*20\d\d/)
  expect(refused.toHeaders()).toMatchObject({
    'x-should-retry': 'false',
    'x-ratelimit-limit-tokens': '1000',
  })
})

test('takes the word of whoever can really count', () => {
  expect(reservationFor(chat({ max_tokens: 1 }), { ...RULES, estimate: () => 7.2 })).toMatchObject({
    prompt: 8,
    tokens: 9,
  })
  expect(reservationFor(chat({ max_tokens: 1 }), { ...RULES, estimate: () => 0 })).toMatchObject({
    prompt: 1,
    tokens: 2,
  })
})

test.each([Number.NaN, -1, Infinity, '7', undefined])('refuses an estimate of %s', (tokens) => {
  const rules = { ...RULES, estimate: () => tokens as number }
  expect(() => reservationFor(chat(), rules)).toThrow(
    expect.objectContaining({ code: 'ERR_RATE_LIMIT_ESTIMATE' }),
  )
})

test("puts a principal's own limits in place of the stage's, one by one", () => {
  const principal = { ...ALPHA, limits: { requestsPerMinute: 5, concurrency: 0 } }
  expect(reservationFor(chat({}, principal), RULES).limits).toEqual({
    requestsPerMinute: 5,
    tokensPerMinute: 100_000,
    concurrency: 0,
  })
})

test("does not apply a principal's limits to a bucket that it shares", () => {
  const principal = { ...ALPHA, limits: { requestsPerMinute: 5 } }
  expect(reservationFor(chat({}, principal), { ...RULES, by: 'all' }).limits).toBe(RULES.limits)
})

test.each([Number.NaN, -1, 0.5, Infinity, '3'])(
  'refuses a principal whose limit is %s',
  (requestsPerMinute) => {
    const principal = { ...ALPHA, limits: { requestsPerMinute } } as Principal
    const fault = expect.objectContaining({ code: 'ERR_RATE_LIMIT_LIMITS' })
    expect(() => reservationFor(chat({}, principal), RULES)).toThrow(fault)
  },
)

test('fails loudly where nobody says who is calling', () => {
  const nobody = call('chat.completions', { model: 'm', messages: [] })
  expect(() => reservationFor(nobody, RULES)).toThrow(ConfigError)
  expect(() => reservationFor(nobody, RULES)).toThrow(/bearerAuth.*keyBy: 'all'/)
})
