import { describe, expect, it } from 'vitest'
import { cacheControlOf } from '../src/cache-control.ts'

const anything = { noStore: false, noCache: false, maxAgeMs: Infinity }

describe('cacheControlOf', () => {
  it.each<[string | string[] | undefined, object]>([
    [undefined, anything],
    ['', anything],
    ['no-store', { ...anything, noStore: true }],
    ['No-Cache', { ...anything, noCache: true }],
    ['max-age=60', { ...anything, maxAgeMs: 60_000 }],
    ['max-age="60"', { ...anything, maxAgeMs: 60_000 }],
    ['max-age=0', { noStore: false, noCache: true, maxAgeMs: 0 }],
    ['max-age=60, max-age=5', { ...anything, maxAgeMs: 5000 }],
    [' max-age = 5 ,no-store,', { ...anything, noStore: true, maxAgeMs: 5000 }],
    [['no-store', 'no-cache'], { noStore: true, noCache: true, maxAgeMs: Infinity }],
    ['max-age=-1', anything],
    ['max-age=soon', anything],
    ['max-age', anything],
    ['max-stale=9, only-if-cached, no-storage', anything],
  ])('reads %j', (header, expected) => {
    expect(cacheControlOf({ 'cache-control': header })).toEqual(expected)
  })
})
