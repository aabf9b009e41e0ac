import { ApiError, call, type Call, type Operation, type Params } from '@sluice/core'
import * as fc from 'fast-check'
import { firstValueFrom, of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { modelRouter, type TargetHandler } from '../src/index.ts'
import { chat, collect } from './fixtures/collect.ts'
import { FakeClock } from './fixtures/fake-clock.ts'
import { batch, failure, fakeTarget, textOf } from './fixtures/fake-target.ts'

const NOT_FOUND = (model: string) => ({
  status: 404,
  code: 'model_not_found',
  wireCode: 'model_not_found',
  type: 'invalid_request_error',
  param: 'model',
  message: `The model \`${model}\` does not exist or you do not have access to it.`,
})

describe('modelRouter', () => {
  describe('finds the route', () => {
    const exact = fakeTarget('exact')
    const gpt = fakeTarget('gpt')
    const mini = fakeTarget('mini')
    const vendor = fakeTarget('vendor')
    const rest = fakeTarget('rest')
    const router = modelRouter({
      '*': rest,
      'gpt-*': gpt,
      'openai/*': { to: vendor, model: '*' },
      'gpt-5-*': mini,
      'gpt-5-mini': { to: exact, model: 'gpt-5-mini-2026-01-01' },
      smart: 'gpt-5',
      'claude-*': 'openai/anthropic/*',
    })

    it.each([
      ['gpt-5-mini', 'exact', 'gpt-5-mini-2026-01-01'],
      ['gpt-5-nano', 'mini', 'gpt-5-nano'],
      ['gpt-4', 'gpt', 'gpt-4'],
      ['openai/gpt-4', 'vendor', 'gpt-4'],
      ['openai/org/m:free~1', 'vendor', 'org/m:free~1'],
      ['smart', 'gpt', 'gpt-5'],
      ['claude-opus', 'vendor', 'anthropic/opus'],
      ['llama', 'rest', 'llama'],
      ['__proto__', 'rest', '__proto__'],
      ['constructor', 'rest', 'constructor'],
    ])('for %s at %s, asking for %s', (model, provider, asked) => {
      expect(router.explain(model)?.targets).toEqual([{ provider, model: asked }])
      const got = collect(router, model)
      expect(got).toMatchObject({ texts: [`from ${provider}`], completed: true })
      expect(got.call.report).toMatchObject({ provider, model: asked, attempts: 1 })
    })

    it('whatever order the routes were written in', () => {
      const turned = modelRouter({ 'gpt-5': exact, 'gpt-5*': mini, 'gpt-*': gpt, '*': rest })
      expect(turned.explain('gpt-5')?.pattern).toBe('gpt-5')
      expect(turned.explain('gpt-55')?.pattern).toBe('gpt-5*')
      expect(turned.explain('gpt-4')?.pattern).toBe('gpt-*')
      expect(turned.explain('other')?.pattern).toBe('*')
    })
  })

  it('strips a prefix and nothing else, whatever stands behind the first slash', () => {
    const target = fakeTarget('openai')
    const router = modelRouter({ 'openai/*': { to: target, model: '*' } })
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        collect(router, `openai/${name}`)
        expect(target.models.at(-1)).toBe(name)
      }),
    )
  })

  it('hands on the very params and everything else of the call', () => {
    const target = fakeTarget('openai')
    const asked = chat('openai/gpt-5', { body: new Uint8Array(3), requestId: 'req_1' })
    Object.freeze(asked.params)
    collect(modelRouter({ 'openai/*': { to: target, model: '*' } }), asked)
    expect({ ...target.calls.at(0) }).toStrictEqual({ ...asked, model: 'gpt-5' })
    expect(target.calls.at(0)?.params).toBe(asked.params)
    expect(target.calls.at(0)?.report).toBe(asked.report)
  })

  it.each(['chat.completions', 'embeddings', 'images.generate', 'audio.speech', 'some.day'])(
    'routes %s by the model alone',
    (operation) => {
      const target = fakeTarget('any')
      const params = { model: 'gpt-5' } as unknown as Params<Operation>
      const got = collect(modelRouter({ 'gpt-*': target }), {
        ...call<Operation>('embeddings', params),
        operation: operation as Operation,
      })
      expect(got.texts).toEqual(['from any'])
      expect(target.calls.at(0)?.operation).toBe(operation)
    },
  )

  it('says the same for a model that nobody knows and one that the key may not use', () => {
    const target = fakeTarget('openai')
    const router = modelRouter({ 'gpt-*': target })
    const principal = { id: 'k', tenant: 't', models: ['claude-*'] }
    expect(collect(router, 'no-such').error).toMatchObject(NOT_FOUND('no-such'))
    expect(collect(router, chat('gpt-5', { principal })).error).toMatchObject(NOT_FOUND('gpt-5'))
    expect(collect(router, chat('gpt-5', { principal })).error!.toBody()).toEqual({
      error: {
        message: 'The model `gpt-5` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    })
    expect(target.calls).toHaveLength(0)
  })

  it('goes by the name that was asked for, not by the one it leads to, when a key is limited', () => {
    const router = modelRouter({ 'gpt-*': fakeTarget('openai'), smart: 'gpt-5' })
    const principal = { id: 'k', tenant: 't', models: ['smart'] }
    expect(collect(router, chat('smart', { principal })).texts).toEqual(['from openai'])
    expect(collect(router, chat('gpt-5', { principal })).error).toMatchObject(NOT_FOUND('gpt-5'))
  })

  it.each(['', 'openai/'])('knows no model named %j', (model) => {
    const router = modelRouter(
      { 'openai/*': { to: fakeTarget('a'), model: '*' } },
      { fallback: 'openai/*' },
    )
    expect(collect(router, model).error).toMatchObject(NOT_FOUND(model))
    expect(router.explain(model)).toBeUndefined()
  })

  it('gives names that no route matches to the unmatched target', () => {
    const demo = fakeTarget('demo')
    const router = modelRouter({ 'gpt-*': fakeTarget('openai') }, { fallback: demo })
    expect(collect(router, 'what/ever').texts).toEqual(['from demo'])
    expect(demo.models).toEqual(['what/ever'])
    expect(router.explain('what/ever')).toEqual({
      pattern: undefined,
      targets: [{ provider: 'demo', model: 'what/ever' }],
    })
  })

  it('needs no routes where there is an unmatched target', () => {
    expect(collect(modelRouter({}, { fallback: fakeTarget('demo') }), 'x').texts).toEqual([
      'from demo',
    ])
  })

  describe('with weights', () => {
    /** The order in which targets are asked, for given draws. */
    function order(draws: number[]): string {
      const asked: string[] = []
      const refusing = (id: string) =>
        fakeTarget(id, [
          () => {
            asked.push(id)
            return throwError(() => failure('upstream_auth_error'))
          },
        ])
      const router = modelRouter(
        {
          m: [
            { to: refusing('a'), weight: 3 },
            { to: refusing('b'), weight: 1 },
            refusing('c'),
            { to: refusing('d'), weight: 5 },
          ],
        },
        { random: () => draws.shift()! },
      )
      collect(router, 'm')
      return asked.join('')
    }

    it.each([
      [0, 'abcd'],
      [0.7499, 'abcd'],
      [0.75, 'bacd'],
      [0.9999, 'bacd'],
    ])('draws %d and asks in the order %s, each rank in its place', (draw, expected) => {
      expect(order([draw])).toBe(expected)
    })

    it('draws those that are left by their own weights', () => {
      const draws = [0.5, 0.4]
      const asked: string[] = []
      const [a, b, c] = ['a', 'b', 'c'].map((id) => (call: Call) => {
        asked.push(id)
        return fakeTarget(id, [failure('upstream_auth_error')])(call)
      }) as [TargetHandler, TargetHandler, TargetHandler]
      const ranked = [
        { to: a, weight: 1 },
        { to: b, weight: 1 },
        { to: c, weight: 2 },
      ]
      collect(modelRouter({ m: ranked }, { random: () => draws.shift()! }), 'm')
      expect(asked.join('')).toBe('cab')
    })

    it('shares the first attempts out as the weights say', () => {
      const [a, b] = [fakeTarget('a'), fakeTarget('b')]
      let draw = 0
      const router = modelRouter(
        {
          m: [
            { to: a, weight: 0.9 },
            { to: b, weight: 0.1 },
          ],
        },
        { random: () => (draw++ % 1000) / 1000 },
      )
      for (let one = 0; one < 1000; one++) collect(router, 'm')
      expect([a, b].map((target) => target.calls.length)).toEqual([900, 100])
    })

    it('draws anew for every subscription', async () => {
      const draws = [0, 0.99]
      const router = modelRouter(
        {
          m: [
            { to: fakeTarget('a'), weight: 1 },
            { to: fakeTarget('b'), weight: 1 },
          ],
        },
        { random: () => draws.shift()! },
      )
      const answer$ = router(chat('m'))
      expect(textOf(await firstValueFrom(answer$))).toBe('from a')
      expect(textOf(await firstValueFrom(answer$))).toBe('from b')
    })
  })

  it('asks a target that stands behind one name in several ways only once', () => {
    const router = modelRouter({
      'gpt-*': fakeTarget('openai'),
      'claude-*': fakeTarget('anthropic'),
      any: ['best', 'gpt-5'],
      best: ['claude-1', 'gpt-5'],
    })
    expect(router.explain('any')?.targets).toEqual([
      { provider: 'anthropic', model: 'claude-1' },
      { provider: 'openai', model: 'gpt-5' },
    ])
  })

  it('explains without asking anyone', () => {
    const target = fakeTarget('openai')
    expect(modelRouter({ 'gpt-*': target }).explain('gpt-5')?.pattern).toBe('gpt-*')
    expect(modelRouter({ 'gpt-*': target }).explain('o1')).toBeUndefined()
    expect(target.calls).toHaveLength(0)
  })

  it('takes a plain function for a target and calls it custom', () => {
    const got = collect(modelRouter({ '*': (call) => of(batch('hi', call)) as never }), 'x')
    expect(got.texts).toEqual(['hi'])
    expect(got.call.report.provider).toBe('custom')
  })

  it('finds at the first call that a factory was given instead of what it makes', () => {
    const factory = (() => () => of()) as unknown as TargetHandler
    const { error } = collect(modelRouter({ '*': factory }), 'x')
    expect(error).toMatchObject({
      code: 'server_error',
      status: 500,
      cause: { code: 'ERR_ROUTER_TARGET' },
    })
  })

  it('does nothing before it is subscribed to', () => {
    const target = fakeTarget('openai')
    modelRouter({ '*': target })(chat('x'))
    expect(target.calls).toHaveLength(0)
  })

  describe('when closed', () => {
    it('closes each target once, refuses new calls and lets running ones finish', () => {
      const target = fakeTarget('openai', ['silence'])
      const router = modelRouter(
        { 'gpt-*': target, 'openai/*': { to: target, model: '*' } },
        { fallback: target },
      )
      const running = collect(router, 'gpt-5')
      router.close()
      router.close()
      expect(target.closed).toBe(1)
      expect(running.error).toBeUndefined()
      expect(target.running).toBe(1)
      expect(collect(router, 'gpt-5').error).toMatchObject({
        status: 503,
        code: 'overloaded',
        retryAfterMs: 1000,
      })
      expect(target.calls).toHaveLength(1)
      running.subscription.unsubscribe()
    })

    it('ends a call that waits for another round with the failure it had', () => {
      const clock = new FakeClock()
      const target = fakeTarget('openai', [failure('upstream_error')])
      const router = modelRouter({ '*': target }, { clock, random: () => 0.5 })
      const got = collect(router, 'x')
      router.close()
      clock.advance(10_000)
      expect(got.error).toBeInstanceOf(ApiError)
      expect(got.error).toMatchObject({ code: 'upstream_error' })
      expect(target.calls).toHaveLength(1)
    })
  })
})
