import { call, type ApiError, type Principal } from '@sluice/core'
import type { Model, ModelsPage } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { concat, firstValueFrom, NEVER, of, throwError } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { modelRouter, type ModelRouter } from '../src/index.ts'
import { FakeClock } from './fixtures/fake-clock.ts'
import { failure, fakeTarget, type FakeTarget } from './fixtures/fake-target.ts'

/** A provider that lists these models. */
function listing(id: string, ...ids: string[]): FakeTarget {
  return fakeTarget(id, [
    (call) =>
      of(
        new DocumentBatch(
          { value: { object: 'list', data: ids.map((one) => model(one, id)) } },
          call.gate,
        ),
      ),
  ])
}

function model(id: string, owner: string): Model {
  return { id, object: 'model', created: 5, owned_by: owner }
}

function principal(...models: string[]): Principal {
  return { id: 'k', tenant: 't', models }
}

async function list(router: ModelRouter, caller?: Principal): Promise<Model[]> {
  const batch = await firstValueFrom(router(call('models.list', {}, { principal: caller })))
  return (batch.document() as ModelsPage).data
}

async function ids(router: ModelRouter, caller?: Principal): Promise<string[]> {
  return (await list(router, caller)).map((one) => one.id)
}

async function retrieve(router: ModelRouter, id: string, caller?: Principal): Promise<unknown> {
  const batch = await firstValueFrom(
    router(call('models.retrieve', { model: id }, { principal: caller })),
  )
  return batch.document()
}

describe('models.list', () => {
  it.each<[string, () => unknown]>([
    ['a promise', async () => []],
    ['a promise that rejects', async () => Promise.reject(new Error('broken'))],
    ['nothing', () => undefined],
    ['an object', () => ({ data: [] })],
  ])('fails where the host gives %s for its models', async (_what, models) => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const router = modelRouter({ m: listing('a', 'm') }, { models: models as never })
    await expect(list(router)).rejects.toMatchObject({ code: 'ERR_ROUTER_MODELS' })
    await new Promise(setImmediate)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('leaves out a target that is asynchronous, and survives its rejection', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const odd = (async () => Promise.reject(new Error('broken'))) as never
    const router = modelRouter({ 'a-*': odd, m: listing('a', 'm') })
    expect(await ids(router)).toEqual(['m'])
    await expect(
      firstValueFrom(router(call('embeddings', { model: 'a-1', input: 'x' }))),
    ).rejects.toMatchObject({
      cause: { code: 'ERR_ROUTER_TARGET' },
    })
    await new Promise(setImmediate)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('holds exact names and aliases, owned by whom they lead to', async () => {
    const openai = fakeTarget('openai', [failure('upstream_error')])
    const router = modelRouter(
      { 'gpt-*': openai, smart: 'gpt-5', 'gpt-5': openai },
      { createdSeconds: 7 },
    )
    expect(await list(router)).toEqual([
      { id: 'gpt-5', object: 'model', created: 7, owned_by: 'openai' },
      { id: 'smart', object: 'model', created: 7, owned_by: 'openai' },
    ])
  })

  it('dates route names by when the router was made', async () => {
    const clock = new FakeClock()
    const router = modelRouter({ m: fakeTarget('a', [failure('upstream_error')]) }, { clock })
    const created = Math.floor(clock.wall() / 1000)
    clock.advance(3_600_000)
    expect(await list(router)).toMatchObject([{ created }])
  })

  it('is made of what the host and the providers list, sorted, each once, the host first', async () => {
    const router = modelRouter(
      {
        'gpt-*': listing('openai', 'gpt-5', 'gpt-4', 'whisper-1'),
        'claude-*': listing('anthropic', 'claude-1'),
        'gpt-4': 'gpt-5',
      },
      { models: [model('gpt-5', 'host'), model('nowhere', 'host')] },
    )
    expect((await list(router)).map((one) => [one.id, one.owned_by])).toEqual([
      ['claude-1', 'anthropic'],
      ['gpt-4', 'openai'],
      ['gpt-5', 'host'],
    ])
  })

  it('asks a function for the models of the host each time', async () => {
    const models = [model('a', 'host')]
    const router = modelRouter(
      { '*': fakeTarget('any', [failure('upstream_error')]) },
      { models: () => models },
    )
    expect(await ids(router)).toEqual(['a'])
    models.push(model('b', 'host'))
    expect(await ids(router)).toEqual(['a', 'b'])
  })

  it('names a model with its prefix where it is not reached by its id', async () => {
    const vendor = listing('vendor', 'gpt-5', 'org/m:free')
    const router = modelRouter({ 'gpt-*': vendor, 'vendor/*': { to: vendor, model: '*' } })
    expect(await list(router)).toEqual([
      model('gpt-5', 'vendor'),
      { ...model('org/m:free', 'vendor'), id: 'vendor/org/m:free' },
    ])
    expect(await ids(router, principal('vendor/*'))).toEqual(['vendor/gpt-5', 'vendor/org/m:free'])
  })

  it('leaves out a model that no name leads to', async () => {
    const provider = listing('a', 'gpt-5', 'gpt-4o', 'other')
    const router = modelRouter({
      'gpt-*': { to: provider, model: 'gpt-4o' },
      'any-*': { to: provider, model: 'other' },
    })
    expect(await ids(router)).toEqual(['gpt-4o'])
  })

  it('does not wait for the end of an answer that it has', async () => {
    const page = { object: 'list', data: [model('m', 'open')] }
    const open = fakeTarget('open', [
      (call) => concat(of(new DocumentBatch({ value: page }, call.gate)), NEVER),
    ])
    expect(await ids(modelRouter({ '*': open }))).toEqual(['m'])
    expect(open.running).toBe(0)
  })

  it("leaves out a provider's model whose name leads to another one", async () => {
    const router = modelRouter({
      'gpt-*': listing('openai', 'gpt-5'),
      'claude-*': listing('other', 'gpt-4', 'claude-1'),
    })
    expect(await ids(router)).toEqual(['claude-1', 'gpt-5'])
  })

  it('holds only what the key may name', async () => {
    const router = modelRouter(
      { 'gpt-*': listing('openai', 'gpt-5', 'gpt-4'), smart: 'gpt-5' },
      { models: [model('gpt-9', 'host')] },
    )
    expect(await ids(router, principal('gpt-5', 'sm*'))).toEqual(['gpt-5', 'smart'])
    expect(await ids(router, principal())).toEqual([])
    expect(await ids(router, { id: 'k', tenant: 't' })).toEqual([
      'gpt-4',
      'gpt-5',
      'gpt-9',
      'smart',
    ])
  })

  it("holds the unmatched target's own models", async () => {
    expect(await ids(modelRouter({}, { fallback: listing('demo', 'demo-chat') }))).toEqual([
      'demo-chat',
    ])
  })

  it('does without a provider that fails, throws, answers nonsense or does not list', async () => {
    const nonsense = fakeTarget('nonsense', ['no page'])
    const deaf = fakeTarget('deaf', ['x'], ['chat.completions'])
    const throwing = fakeTarget('throwing', [
      () => {
        throw new Error('bug')
      },
    ])
    const failing = fakeTarget('failing', [() => throwError(() => failure('upstream_error'))])
    const router = modelRouter({ '*': [nonsense, deaf, throwing, failing, listing('good', 'm')] })
    expect(await ids(router)).toEqual(['m'])
    expect(deaf.calls).toHaveLength(0)
  })

  it('does not wait for ever for a provider', async () => {
    const clock = new FakeClock()
    const slow = fakeTarget('slow', ['silence'])
    const router = modelRouter({ '*': [slow, listing('good', 'm')] }, { clock })
    const page = ids(router)
    clock.advance(4999)
    expect(slow.running).toBe(1)
    clock.advance(1)
    expect(await page).toEqual(['m'])
    expect(slow.running).toBe(0)
  })

  it('asks each provider once, and nobody any more when the caller leaves', async () => {
    const clock = new FakeClock()
    const slow = fakeTarget('slow', ['silence'])
    const router = modelRouter({ 'a-*': slow, 'b-*': slow }, { clock, fallback: slow })
    const subscription = router(call('models.list', {})).subscribe()
    expect(slow.calls).toHaveLength(1)
    subscription.unsubscribe()
    expect(slow.running).toBe(0)
    expect(clock.pendingMs).toEqual([])
  })

  it('does not say that a provider served it', async () => {
    const asked = call('models.list', {})
    await firstValueFrom(modelRouter({ '*': listing('openai', 'm') })(asked))
    expect(asked.report).toEqual({ attempts: 0, droppedParams: [], headers: {} })
  })
})

describe('models.retrieve', () => {
  const router = modelRouter(
    { 'gpt-*': listing('openai', 'gpt-5'), 'vendor/*': { to: listing('vendor'), model: '*' } },
    { createdSeconds: 7, fallback: fakeTarget('demo', [failure('upstream_error')]) },
  )

  it('gives what the list has', async () => {
    expect(await retrieve(router, 'gpt-5')).toEqual(model('gpt-5', 'openai'))
  })

  it('gives any name that a route matches, slashes included', async () => {
    expect(await retrieve(router, 'vendor/org/m:free')).toEqual({
      id: 'vendor/org/m:free',
      object: 'model',
      created: 7,
      owned_by: 'vendor',
    })
  })

  it.each([
    ['that no route matches', 'llama', undefined],
    ['that leaves nothing to ask for', 'vendor/', undefined],
    ['that the key may not use', 'gpt-5', principal('vendor/*')],
  ])('says 404 for a name %s', async (_what, id, caller) => {
    const error = (await retrieve(router, id, caller).catch((error: unknown) => error)) as ApiError
    expect(error).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      message: `The model \`${id}\` does not exist or you do not have access to it.`,
    })
  })
})
