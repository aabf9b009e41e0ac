import { ApiError, call } from '@sluice/core'
import type { Model, ModelsPage } from '@sluice/core/wire'
import {
  createProvider,
  openaiCompatibleSpec,
  type Provider,
  type ProviderOptions,
} from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { fakeClock } from '../../../sse-stream/test/fake-clock.ts'
import { upstream } from '../upstream.ts'

const known: Model[] = [
  { id: 'known', object: 'model', created: 5, owned_by: 'test', context_window: 9 },
]
const providerOf = (baseURL: string, options: ProviderOptions = {}): Provider =>
  createProvider(openaiCompatibleSpec({ id: 'test', baseURL, models: known }), {
    listModels: true,
    ...options,
  })
const listOf = async (provider: Provider) => {
  const batch = await lastValueFrom(provider(call('models.list', {})))
  return (batch.document() as ModelsPage).data
}
const page = (...data: unknown[]) => JSON.stringify({ object: 'list', data })

describe('a provider’s models', () => {
  it('are those of its spec, without asking anybody, unless told otherwise', async () => {
    await using up = await upstream((_req, res) => res.end(page()))
    expect(await listOf(providerOf(up.url, { listModels: false }))).toEqual(known)
    expect(up.requests).toEqual([])
  })

  it('are those of the upstream and of the spec together, the upstream’s word counting most', async () => {
    await using up = await upstream((_req, res) =>
      res.end(
        page(
          { id: 'known', created: 7, owned_by: 'them' },
          { id: 'new', created_at: '2026-01-02T00:00:00Z' },
          { id: 5 },
          null,
        ),
      ),
    )
    expect(await listOf(providerOf(up.url, { apiKey: 'sk-vendor-key' }))).toEqual([
      { id: 'known', object: 'model', created: 7, owned_by: 'them', context_window: 9 },
      { id: 'new', object: 'model', created: 1_767_312_000, owned_by: 'test' },
    ])
    expect(up.requests).toMatchObject([
      {
        method: 'GET',
        url: '/v1/models',
        body: '',
        headers: { authorization: 'Bearer sk-vendor-key' },
      },
    ])
  })

  it('are asked for at another path where the vendor has another', async () => {
    await using up = await upstream((_req, res) =>
      res.end(page({ id: 'claude-new', created_at: '2026-01-02T00:00:00Z' })),
    )
    const listed = await listOf(anthropic({ baseURL: up.url, listModels: true }))
    expect(up.requests[0]!.url).toBe('/v1/v1/models?limit=1000')
    expect(listed.at(-1)).toEqual({
      id: 'claude-new',
      object: 'model',
      created: 1_767_312_000,
      owned_by: 'anthropic',
    })
  })

  it('are asked for once by all who ask at a time, and again only after five minutes', async () => {
    const clock = fakeClock()
    await using up = await upstream((_req, res) => res.end(page({ id: 'new' })))
    const provider = providerOf(up.url, { clock })
    await Promise.all([listOf(provider), listOf(provider)])
    await listOf(provider)
    expect(up.requests).toHaveLength(1)
    clock.advance(300_000)
    await listOf(provider)
    expect(up.requests).toHaveLength(2)
  })

  it.each([
    [
      'fails',
      (res: { statusCode: number; end(body: string): void }) => (
        (res.statusCode = 500),
        res.end('{}')
      ),
    ],
    ['says something else', (res: { end(body: string): void }) => res.end('{"models":[]}')],
  ])(
    'are those of the spec while the upstream %s, which is left alone for half a minute',
    async (_name, answer) => {
      const clock = fakeClock()
      await using up = await upstream((_req, res) => answer(res))
      const provider = providerOf(up.url, { clock })
      expect(await listOf(provider)).toEqual(known)
      expect(await listOf(provider)).toEqual(known)
      expect(up.requests).toHaveLength(1)
      clock.advance(30_000)
      await listOf(provider)
      expect(up.requests).toHaveLength(2)
    },
  )

  it('are no longer asked for when everybody who waits has left', async () => {
    await using up = await upstream(() => {})
    const subscription = providerOf(up.url)(call('models.list', {})).subscribe()
    await vi.waitFor(() => expect(up.requests).toHaveLength(1))
    subscription.unsubscribe()
    await vi.waitFor(() => expect(up.sockets.size).toBe(0))
  })

  it('are shown one by one, and 404 for others', async () => {
    await using up = await upstream((_req, res) => res.end(page({ id: 'new' })))
    const provider = providerOf(up.url)
    const shown = await lastValueFrom(provider(call('models.retrieve', { model: 'new' })))
    expect(shown.document()).toMatchObject({ id: 'new', object: 'model' })
    const failure: unknown = await lastValueFrom(
      provider(call('models.retrieve', { model: 'nothing' })),
    ).catch((error: unknown) => error)
    expect(ApiError.is(failure) && failure.code).toBe('model_not_found')
  })
})
