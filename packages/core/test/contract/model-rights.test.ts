import { firstValueFrom, lastValueFrom, of } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  ApiError,
  call,
  compose,
  withCall,
  type Call,
  type Handler,
  type Interceptor,
  type Phase,
} from '@sluice/core'

const principal = { id: 'key', tenant: 'alpha', models: ['small', 'gpt-*'] }
const chat = (model: string, further: object = {}) =>
  call('chat.completions', { model, messages: [], ...further }, { principal })

/** Whether a call comes to the handler behind these interceptors, and what it meets instead. */
async function outcome(asked: Call, interceptors: readonly Interceptor[] = []) {
  const handler = vi.fn(() => of<never>({} as never))
  const error: unknown = await lastValueFrom(compose(interceptors, handler as Handler)(asked)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { asked: handler.mock.calls.length, error: error as ApiError | undefined }
}

describe('the models of a principal', () => {
  it.each<[string, Call]>([
    ['its own', chat('small')],
    ['one that a wildcard stands for', chat('gpt-5')],
    ['those that a vendor may fall back to', chat('small', { models: ['gpt-5', 'gpt-4o'] })],
    [
      'that of a tool',
      chat('small', { tools: [{ type: 'image_generation', model: 'gpt-image-1' }, null, 5] }),
    ],
    [
      'all where there is no list',
      call('embeddings', { model: 'big', input: 'a' }, { principal: { id: 'a', tenant: 'b' } }),
    ],
    ['all where there is no principal', call('embeddings', { model: 'big', input: 'a' })],
    ['the list of models', call('models.list', {}, { principal })],
  ])('may be used: %s', async (_what, asked) => {
    expect(await outcome(asked)).toEqual({ asked: 1, error: undefined })
  })

  it.each<[string, Call, string]>([
    ['another', chat('big'), 'big'],
    ['another in other letters', chat('Small'), 'Small'],
    ['one that only begins alike', chat('smaller'), 'smaller'],
    ['none', chat(''), ''],
    ['another behind the own one', chat('small', { models: ['gpt-5', 'big'] }), 'big'],
    ['another as a text', chat('small', { models: 'big' }), 'big'],
    ['what is no name', chat('small', { models: [{ toString: 1 }] }), 'small'],
    [
      'another in a tool',
      chat('small', { tools: [{ type: 'image_generation', model: 'big' }] }),
      'big',
    ],
    [
      'another in a tool that the input brings',
      call(
        'responses.create',
        {
          model: 'small',
          input: [
            { type: 'message', role: 'user', content: 'x' },
            {
              type: 'additional_tools',
              tools: [
                {
                  type: 'namespace',
                  name: 'n',
                  tools: [{ type: 'image_generation', model: 'big' }],
                },
              ],
            },
          ],
        },
        { principal },
      ),
      'big',
    ],
    ['another to look at', call('models.retrieve', { model: 'big' }, { principal }), 'big'],
    [
      'all where the list is of the wrong kind',
      call(
        'embeddings',
        { model: 'small', input: 'a' },
        { principal: { ...principal, models: 'small' as never } },
      ),
      'small',
    ],
    [
      'those that things in the list are no names of',
      call(
        'embeddings',
        { model: '5', input: 'a' },
        { principal: { ...principal, models: [5, null] as never } },
      ),
      '5',
    ],
  ])('may not be used: %s', async (_what, asked, named) => {
    const { asked: times, error } = await outcome(asked)
    expect(times).toBe(0)
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
    expect(error?.message).toBe(
      `The model \`${named}\` does not exist or you do not have access to it.`,
    )
  })

  it('are looked at behind the guards and before the cache, in whatever order they are given', async () => {
    const log: string[] = []
    const phases: Phase[] = ['route', 'cache', 'guard', 'observe']
    const seen = phases.map((phase): Interceptor => ({
      name: phase,
      phase,
      intercept: (one, next) => {
        log.push(phase)
        return next(one)
      },
    }))
    expect((await outcome(chat('big'), seen)).asked).toBe(0)
    expect(log).toEqual(['observe', 'guard'])
  })

  it('are those of the principal that a guard has named', async () => {
    const guard: Interceptor = {
      name: 'guard',
      phase: 'guard',
      intercept: (one, next) => next(withCall(one, { principal })),
    }
    const asked = call('embeddings', { model: 'big', input: 'a' })
    expect((await outcome(asked, [guard])).error?.status).toBe(404)
  })

  it('are looked at each time that a call is made', async () => {
    const handler = compose([], () => of<never>({} as never))
    await firstValueFrom(handler(chat('small')))
    await expect(firstValueFrom(handler(chat('big')))).rejects.toThrow(ApiError)
  })
})
