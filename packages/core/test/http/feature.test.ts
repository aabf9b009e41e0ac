import type { IncomingMessage, ServerResponse } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  exchangeOf,
  defineMiddleware,
  type SluiceMiddleware,
  type Handler,
  type Interceptor,
} from '@sluice/core'

const features = ['auth', 'limit', 'cache', 'log'].map((name) =>
  defineMiddleware({ name, phase: 'guard', intercept: (call, next) => next(call) }),
)

/** What a request has on its exchange once it has passed the given features. */
const passed = (way: readonly SluiceMiddleware[]): readonly Interceptor[] => {
  const req = {} as IncomingMessage
  for (const one of way) one(req, {} as ServerResponse, () => {})
  return exchangeOf(req).interceptors
}

const names = (list: readonly Interceptor[]) => list.map((one) => one.name)

describe('feature', () => {
  it('leaves on each request what it passed, in that order and once, whatever ways others took', () => {
    const way = fc.array(fc.constantFrom(...features), { maxLength: 6 })
    fc.assert(
      fc.property(fc.array(way, { minLength: 1, maxLength: 20 }), (ways) => {
        const lists = ways.map(passed)
        // Looked at when all have gone by: none may have been changed by another.
        expect(lists.map(names)).toEqual(
          ways.map((one) => [...new Set(one)].map(({ name }) => name)),
        )
      }),
    )
  })

  it('is asked before the next, and may answer instead', () => {
    const log: string[] = []
    const wall = defineMiddleware(
      { name: 'wall', phase: 'guard', intercept: (call, next: Handler) => next(call) },
      (exchange, _req, _res, next) => {
        log.push(exchange.requestId)
        if (exchange.principal !== undefined) next()
      },
    )
    const req = {} as IncomingMessage
    wall(req, {} as ServerResponse, () => log.push('next'))
    exchangeOf(req).principal = { id: 'key', tenant: 'alpha' }
    wall(req, {} as ServerResponse, () => log.push('next'))
    expect(log).toEqual([exchangeOf(req).requestId, exchangeOf(req).requestId, 'next'])
  })
})
