import {
  ApiError,
  exchangeOf,
  type Batch,
  type Call,
  type Handler,
  type Middleware,
} from '@sluice/core'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { EMPTY, Observable, of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { endpoints, mount, openApi, type OpenApiDocument } from '../../src/index.ts'
import { listen } from '../recorded.ts'

const model = (id: string) => ({ id, object: 'model', created: 1, owned_by: 'x' })

/** A handler that lists models by who asks. */
function listing(asked: Call[] = [], lists: Readonly<Record<string, string[]>> = {}): Handler {
  const handler = (call: Call): Observable<Batch> => {
    asked.push(call)
    const ids = lists[call.principal?.id ?? ''] ?? ['b', 'a']
    return of(new DocumentBatch({ value: { object: 'list', data: ids.map(model) } }, call.gate))
  }
  return handler as Handler
}

/** Says who asks, by a header. */
const caller: Middleware = (req, _res, next) => {
  const id = String(req.headers['x-caller'] ?? '')
  exchangeOf(req).principal = id === '' ? undefined : { id, tenant: id }
  next()
}

const get = async (url: string, headers: Record<string, string> = {}) => {
  const res = await fetch(url, { headers })
  return { res, document: (await res.json()) as OpenApiDocument }
}

describe('openApi', () => {
  it('serves the document at its path and leaves all other paths alone', async () => {
    const handler = listing()
    await using server = await listen(
      mount('/v1', openApi({ path: '/openapi.json', handler }), endpoints(handler)),
    )
    const { res, document } = await get(`${server.url}/v1/openapi.json?x=1`)
    expect([res.status, res.headers.get('content-type'), res.headers.get('cache-control')]).toEqual(
      [200, 'application/json; charset=utf-8', 'private, no-store'],
    )
    expect(res.headers.get('x-request-id')).toMatch(/^req_/)
    expect(document.openapi).toBe('3.1.1')
    expect(document['x-models']).toEqual(['a', 'b'])
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(200)
    expect((await fetch(`${server.url}/v1/openapi.yaml`)).status).toBe(404)
  })

  it('answers whatever comes where it has no path', async () => {
    const serve = openApi({ models: ['m'] })
    await using server = await listen((req, res) =>
      serve(req, res, () => res.writeHead(404).end('{}')),
    )
    expect((await get(`${server.url}/anything`)).document['x-models']).toEqual(['m'])
  })

  it('asks for the models each time, as the caller, and never shows one caller another’s', async () => {
    const asked: Call[] = []
    const lists: Record<string, string[]> = { anna: ['x'], ben: ['y'] }
    await using server = await listen(
      mount('/v1', caller, openApi({ handler: listing(asked, lists) })),
    )
    const modelsOf = async (id: string) =>
      (await get(`${server.url}/v1/`, { 'x-caller': id })).document['x-models']
    expect([await modelsOf('anna'), await modelsOf('ben'), await modelsOf('anna')]).toEqual([
      ['x'],
      ['y'],
      ['x'],
    ])
    lists['anna'] = ['x', 'z']
    expect(await modelsOf('anna')).toEqual(['x', 'z'])
    expect(asked.map((call) => [call.operation, call.principal?.id])).toEqual(
      ['anna', 'ben', 'anna', 'anna'].map((id) => ['models.list', id]),
    )
  })

  it('serves the same bytes for the same models, however many lists there have been', async () => {
    const lists: Record<string, string[]> = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`k${at}`, [`m${at}`]]),
    )
    await using server = await listen(
      mount('/v1', caller, openApi({ handler: listing([], lists) })),
    )
    const read = async (id: string) =>
      (await fetch(`${server.url}/v1/`, { headers: { 'x-caller': id } })).text()
    const first = await read('k0')
    for (const id of Object.keys(lists))
      expect(await read(id)).toContain(`"x-models":["m${id.slice(1)}"]`)
    expect(await read('k0')).toBe(first)
  })

  it.each<[string, () => Observable<never>]>([
    ['fails', () => throwError(() => new ApiError('upstream_error', { message: 'no' }))],
    ['has nothing to say', () => EMPTY],
    [
      'throws',
      () => {
        throw new Error('not an Observable')
      },
    ],
  ])('serves the document without models where the handler %s', async (_name, answer) => {
    await using server = await listen(mount('/v1', openApi({ handler: answer })))
    const { res, document } = await get(`${server.url}/v1/`)
    expect([res.status, document['x-models']]).toEqual([200, []])
  })

  it('answers HEAD without a body and other methods with 405', async () => {
    await using server = await listen(mount('/v1', openApi({ path: '/openapi.json' })))
    const head = await fetch(`${server.url}/v1/openapi.json`, { method: 'HEAD' })
    expect([
      head.status,
      Number(head.headers.get('content-length')) > 10_000,
      await head.text(),
    ]).toEqual([200, true, ''])
    const posted = await fetch(`${server.url}/v1/openapi.json`, { method: 'POST', body: '{}' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
    expect(await posted.json()).toMatchObject({ error: { code: 'method_not_supported' } })
  })

  it('stops asking when the client leaves', async () => {
    const client = new AbortController()
    const stopped = Promise.withResolvers<void>()
    const handler = () =>
      new Observable<never>(() => {
        client.abort()
        return () => stopped.resolve()
      })
    await using server = await listen(mount('/v1', openApi({ handler })))
    await expect(fetch(`${server.url}/v1/`, { signal: client.signal })).rejects.toThrow('aborted')
    await stopped.promise
  })

  it('refuses options that it does not know or that make no sense', () => {
    expect(() => openApi({ pathh: '/x' } as object)).toThrow(
      /no option `pathh`. Did you mean `path`/,
    )
    expect(() => openApi({ path: 'openapi.json' })).toThrow(/takes a path such as/)
    expect(() => openApi({ models: [1] as unknown as string[] })).toThrow(/takes a list of strings/)
    expect(() => openApi({ limits: { rpm: 3 } as object })).toThrow(/no option `rpm`/)
  })
})
