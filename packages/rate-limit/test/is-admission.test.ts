import { describe, expect, test } from 'vitest'
import { isAdmission } from '../src/is-admission.ts'

const lease = {}
const bucket = { limit: 10, remaining: 0, resetMs: 6000.5 }

describe('isAdmission', () => {
  test.each<[string, unknown]>([
    ['let in', { admitted: true, lease }],
    ['let in, with buckets', { admitted: true, lease, requests: bucket, tokens: undefined }],
    ['let in, as JSON says it', { admitted: true, lease, requests: null, tokens: bucket }],
    ['kept out', { admitted: false, by: 'tokens', retryAfterMs: 10, tokens: bucket }],
  ])('takes a decision: %s', (_what, value) => {
    expect(isAdmission(value)).toBe(true)
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['a list', [true]],
    ['an empty object', {}],
    ['a word for true', { admitted: 'true', lease }],
    ['a number for true', { admitted: 1, lease }],
    ['let in without a lease', { admitted: true }],
    ['let in with a number as lease', { admitted: true, lease: 1 }],
    ['kept out by nothing', { admitted: false, retryAfterMs: 1 }],
    [
      'kept out by a word from every object',
      { admitted: false, by: 'constructor', retryAfterMs: 1 },
    ],
    ['kept out for ever', { admitted: false, by: 'tokens', retryAfterMs: Infinity }],
    ['kept out for no number', { admitted: false, by: 'tokens', retryAfterMs: Number.NaN }],
    ['kept out until before', { admitted: false, by: 'tokens', retryAfterMs: -1 }],
    ['a bucket that is none', { admitted: true, lease, requests: 5 }],
    ['a bucket without a reset', { admitted: true, lease, tokens: { limit: 1, remaining: 1 } }],
  ])('takes nothing else: %s', (_what, value) => {
    expect(isAdmission(value)).toBe(false)
  })
})
