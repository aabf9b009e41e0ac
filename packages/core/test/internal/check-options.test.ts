import { describe, expect, it } from 'vitest'
import { checkOptions, ConfigError, option } from '@sluice/core'

const check = (options: unknown) =>
  checkOptions('cache', 'ERR_CACHE_OPTIONS', options, {
    ttlMs: option.positive,
    name: option.string,
  })

describe('checkOptions', () => {
  it.each([{}, { ttlMs: undefined }, { ttlMs: 1, name: 'x' }, Object.create(null)])(
    'takes %j',
    (options) => {
      expect(() => check(options)).not.toThrow()
    },
  )

  it('names the nearest option for one that it does not know', () => {
    expect(() => check({ ttlMS: 5 })).toThrow(/Did you mean `ttlMs`/)
    expect(() => check({ ttlMS: 5 })).toThrow(ConfigError)
  })

  it.each([[{ ttlMs: 0 }], [{ ttlMs: '5' }], [{ name: '' }], [null], [[1]], ['x']])(
    'refuses %j',
    (options) => {
      expect(() => check(options)).toThrow(ConfigError)
    },
  )
})
