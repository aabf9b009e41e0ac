import { of, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  call,
  compose,
  ConfigError,
  defineMiddleware,
  type Handler,
  type Interceptor,
  type Phase,
} from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { watchRejections } from '../fixtures/watch-rejections.ts'

const seen = (log: string[], name: string, phase: Phase): Interceptor => ({
  name,
  phase,
  intercept(one, next) {
    log.push(`>${name}`)
    return next(one).pipe(tap({ complete: () => log.push(`<${name}`) }))
  },
})

const answer: Handler = () => of()

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, at) =>
        permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]),
      )

describe('compose', () => {
  it.each<[string, () => unknown]>([
    ['a promise', async () => of()],
    ['a promise that rejects', async () => Promise.reject(new Error('broken'))],
    ['nothing', () => undefined],
    ['a text', () => 'answer'],
  ])('fails a call at once where a handler or an interceptor gives %s', async (_what, gives) => {
    const unhandled = watchRejections()
    const one: Interceptor = { name: 'odd', phase: 'cache', intercept: gives as never }
    const thrown = expect.objectContaining({ code: 'ERR_CORE_NO_OBSERVABLE' }) as unknown
    expect(() => compose([], gives as never)(call('models.list', {}))).toThrow(thrown)
    expect(() => compose([one], answer)(call('models.list', {}))).toThrow(/^odd did not/)
    await new Promise(setImmediate)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('gives the same order whatever order the phases are given in', () => {
    for (const order of permutations<Phase>(['observe', 'guard', 'cache', 'route'])) {
      const log: string[] = []
      const handler = compose(
        order.map((phase) => seen(log, phase, phase)),
        answer,
      )
      handler(call('models.list', {})).subscribe()
      expect(log).toEqual([
        '>observe',
        '>guard',
        '>cache',
        '>route',
        '<route',
        '<cache',
        '<guard',
        '<observe',
      ])
    }
  })

  it('keeps the given order within a phase, the first outermost', () => {
    const log: string[] = []
    compose(
      [seen(log, 'a', 'guard'), seen(log, 'b', 'guard')],
      answer,
    )(call('models.list', {})).subscribe()
    expect(log).toEqual(['>a', '>b', '<b', '<a'])
  })

  it('refuses a factory that was not called', () => {
    const cache = () => defineMiddleware(seen([], 'cache', 'cache'))
    expect(() => compose([cache as never], answer)).toThrow(ConfigError)
    expect(() => compose([cache as never], answer)).toThrow(/cache\(\)/)
  })

  it('takes a feature as the interceptor that it is', () => {
    const log: string[] = []
    compose(
      [defineMiddleware(seen(log, 'cache', 'cache'))],
      answer,
    )(call('models.list', {})).subscribe()
    expect(log).toEqual(['>cache', '<cache'])
  })
})

describe('an interceptor of the host', () => {
  const body = new TextEncoder().encode('{"model":"m","messages":[{"role":"user","content":"hi"}]}')
  const paramsOf = () => JSON.parse(new TextDecoder().decode(body)) as ChatCompletionCreateParams
  const changing: Interceptor = {
    name: 'changing',
    phase: 'observe',
    intercept(one, next) {
      ;(one.params as unknown as { messages: { content: string }[] }).messages[0]!.content =
        'changed'
      return next(one)
    },
  }

  it('cannot change params in place that go on as the bytes they came in', () => {
    const handler = compose([changing], answer)
    for (const _time of [1, 2, 3]) {
      expect(() => handler(call('chat.completions', paramsOf(), { body }))).toThrow(TypeError)
    }
  })

  it('may change params that its own host made', () => {
    const params = paramsOf()
    compose([changing], answer)(call('chat.completions', params))
    expect(params.messages[0]).toMatchObject({ content: 'changed' })
  })
})
