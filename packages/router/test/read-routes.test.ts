import { ConfigError, defineMiddleware } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { modelRouter, type ModelRouterOptions, type Routes, type Target } from '../src/index.ts'
import { fakeTarget } from './fixtures/fake-target.ts'

const good = fakeTarget('good')
const interceptor = defineMiddleware({
  name: 'cache',
  phase: 'cache',
  intercept: (call, next) => next(call),
})

/** The error that making a router ends with. */
function refusal(routes: unknown, options: unknown = {}): ConfigError {
  try {
    modelRouter(routes as Routes, options as ModelRouterOptions)
  } catch (error) {
    if (ConfigError.is(error)) return error
    throw error
  }
  throw new Error('The router was made.')
}

describe('the routes of modelRouter', () => {
  it.each([
    ['no routes', {}, 'There are no routes'],
    ['an empty name', { '': good }, 'empty name'],
    ['no targets', { m: [] }, 'Route `m` has no targets'],
    [
      'a missing import',
      { m: undefined },
      'but undefined. Did you pass `openai` instead of `openai()`?',
    ],
    ['an object that is no target', { m: { handler: good } }, 'but an object'],
    ['a target without `to`', { m: { to: undefined, model: 'x' } }, 'but an object'],
    ['a nested array', { m: [[good]] }, 'but an array'],
    ['a number', { m: [good, 3] }, 'but 3'],
    ['an interceptor', { m: interceptor }, 'but an interceptor'],
    [
      'an interceptor with options',
      { m: { to: interceptor } },
      "takes a handler or another route's name",
    ],
    ['an option that is not known', { m: { to: good, wieght: 1 } }, 'Did you mean `weight`?'],
    ['a weight of 0', { m: { to: good, weight: 0 } }, 'takes a number above 0, but got 0'],
    [
      'a weight that is no number',
      { m: { to: good, weight: NaN } },
      'takes a number above 0, but got NaN',
    ],
    ['a negative weight', { m: { to: good, weight: -1 } }, 'takes a number above 0, but got -1'],
    [
      'an endless weight',
      { m: { to: good, weight: Infinity } },
      'takes a number above 0, but got Infinity',
    ],
    [
      'nobody at a time',
      { m: { to: good, maxConcurrent: 0 } },
      'takes a whole number above 0, but got 0',
    ],
    [
      'half a place in the queue',
      { m: { to: good, maxConcurrent: 1, maxQueue: 0.5 } },
      'takes a whole number, 0 or more, but got 0.5',
    ],
    [
      'an alias of nothing',
      { m: 'gpt-5' },
      'Route `m` is an alias of `gpt-5`, but no route matches that',
    ],
    [
      'a model for an alias',
      { m: { to: 'n', model: 'x' }, n: good },
      'Route `m` sets `model` on the alias `n`',
    ],
    [
      'a limit for an alias',
      { m: { to: 'n', maxConcurrent: 1 }, n: good },
      'Route `m` sets `maxConcurrent` on the alias `n`',
    ],
    [
      'a wildcard that nothing stands for',
      { m: { to: good, model: 'x-*' } },
      "leads to `x-*`; a `*` there stands for one in the route's name, which has none",
    ],
    ['more wildcards than the name has', { 'a-*': { to: good, model: '*/*' } }, 'which has only 1'],
    ['an alias of itself', { m: 'm' }, 'in a circle: `m` → `m`'],
    [
      'an alias that its own wildcard takes',
      { 'gpt-*': 'gpt-5' },
      'in a circle: `gpt-*` → `gpt-*`',
    ],
    [
      'aliases in a circle',
      { a: 'b', b: ['c', good], c: { to: 'a', weight: 1 } },
      'in a circle: `a` → `b` → `c` → `a`',
    ],
  ])('refuse %s', (_what, routes, message) => {
    const error = refusal(routes)
    expect(error.code).toBe('ERR_ROUTER_ROUTES')
    expect(error.message).toContain(message)
    expect(error.message.split('\n- ')).toHaveLength(2)
  })

  it.each([undefined, null, 'gpt-5', [good], good])('refuse to be %s', (routes) => {
    expect(refusal(routes)).toMatchObject({ code: 'ERR_ROUTER_ROUTES' })
  })

  it('list all that is wrong at once', () => {
    const { message } = refusal(
      { a: 'nobody', b: [], c: { to: good, weight: 0 }, d: 'e', e: 'd' },
      { fallback: 'nobody' },
    )
    expect(message.split('\n- ').slice(1)).toEqual([
      'Route `a` is an alias of `nobody`, but no route matches that.',
      'Route `b` has no targets.',
      'Route `c`: modelRouter({ weight }) takes a number above 0, but got 0.',
      'Option `fallback` is an alias of `nobody`, but no route matches that.',
      'Aliases lead in a circle: `d` → `e` → `d`.',
    ])
  })

  it('name a circle once, however many ways lead into it', () => {
    expect(refusal({ x: 'a', y: 'b', a: 'b', b: 'a' }).message.split('\n- ')).toHaveLength(2)
  })

  it('may meet again without a circle', () => {
    const routes: Record<string, Target> = { end: good }
    for (let at = 0; at < 30; at++) routes[`r${at}`] = at === 0 ? 'end' : `r${at - 1}`
    const router = modelRouter({ ...routes, both: ['r29', 'r28'] })
    expect(router.explain('both')?.targets).toEqual([{ provider: 'good', model: 'end' }])
  })
})

describe('the options of modelRouter', () => {
  it.each([
    ['an unknown one', { retrys: 2 }, 'Did you mean `retries`?'],
    ['retries that are no count', { retries: -1 }, 'modelRouter({ retries })'],
    [
      'a share above 1',
      { retryBudgetRatio: 20 },
      'modelRouter({ retryBudgetRatio }) takes a number from 0 to 1',
    ],
    [
      'a breaker that is only switched on',
      { circuitBreaker: true },
      'modelRouter({ circuitBreaker }) takes an object or false',
    ],
    [
      'an unknown one of the breaker',
      { circuitBreaker: { coolDownMs: 1 } },
      'Did you mean `cooldownMs`?',
    ],
    [
      'a ratio above 1',
      { circuitBreaker: { failureRatio: 50 } },
      'circuitBreaker({ failureRatio })',
    ],
    [
      'models that are no list',
      { models: {} },
      'modelRouter({ models }) takes an array or a function',
    ],
  ])('refuse %s', (_what, options, message) => {
    const error = refusal({ m: good }, options)
    expect(error.code).toBe('ERR_ROUTER_OPTIONS')
    expect(error.message).toContain(message)
  })

  it('may be undefined each, which means absent', () => {
    const options = {
      fallback: undefined,
      retries: undefined,
      circuitBreaker: undefined,
      models: undefined,
      clock: undefined,
    }
    expect(modelRouter({ m: good }, options).explain('m')).toBeDefined()
  })
})
