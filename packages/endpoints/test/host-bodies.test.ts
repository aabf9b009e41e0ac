import { request, type IncomingMessage, type RequestListener } from 'node:http'
import type { Batch, Call, Handler } from '@sluice/core'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { of, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { endpoints, mount } from '../src/index.ts'
import { listen, post } from './recorded.ts'

const answering = ((call: Call): Observable<Batch> =>
  of(new DocumentBatch({ value: {} }, call.gate))) as Handler
const surface = mount('/v1', endpoints(answering, { maxBodyBytes: 1000, maxUploadBytes: 1000 }))

/** The surface behind something that reads the body and leaves on the request what `left` says. */
function behind(left: (body: Buffer) => object): RequestListener {
  return (req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      Object.assign(req as IncomingMessage & { body?: unknown }, left(Buffer.concat(parts)))
      surface(req, res)
    })
  }
}

const chat = (content: unknown, more: object = {}) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more })

describe('a body that the host has read', () => {
  const ways: Record<string, (body: Buffer) => object> = {
    parsed: (body) => ({ body: JSON.parse(body.toString()) as unknown }),
    'as bytes': (body) => ({ body }),
    'as an array of bytes': (body) => ({ body: new Uint8Array(body) }),
    'as text': (body) => ({ body: body.toString() }),
  }

  it.each(Object.entries(ways))('is bounded by maxBodyBytes: %s', async (_way, left) => {
    await using server = await listen(behind(left))
    const statuses = []
    for (const content of ['hi', 'x'.repeat(800), 'x'.repeat(2000), '你'.repeat(600)]) {
      statuses.push((await post(server.url, '/chat/completions', chat(content))).status)
    }
    expect(statuses).toEqual([200, 200, 413, 413])
  })

  it.each([
    ['many small values', { x: Array.from({ length: 600 }, () => 1) }],
    ['many small objects', { x: Array.from({ length: 400 }, () => ({})) }],
    [
      'many members',
      { x: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`key ${at}`, 1])) },
    ],
    ['one long name', { x: { ['n'.repeat(1001)]: 1 } }],
  ])('counts %s', async (_name, more) => {
    await using server = await listen(behind(ways['parsed']!))
    expect((await post(server.url, '/chat/completions', chat('hi', more))).status).toBe(413)
  })

  it('is never counted longer than it came', async () => {
    await using server = await listen(behind(ways['parsed']!))
    const more = { a: [1, true, null, {}, []], b: { c: '' } }
    const body = chat('x'.repeat(1000 - chat('', more).length), more)
    expect([body.length, (await post(server.url, '/chat/completions', body)).status]).toEqual([
      1000, 200,
    ])
  })
})

describe('a form that the host has read', () => {
  const file = (size: number) => ({
    fieldname: 'image',
    originalname: 'a.png',
    mimetype: 'image/png',
    buffer: Buffer.alloc(size),
  })
  const ask = async (left: object) => {
    await using server = await listen(behind(() => left))
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    return (await post(server.url, '/images/variations', '--x--', headers)).status
  }

  it.each<[string, object, number]>([
    ['a file', { body: { model: 'm' }, file: file(1000) }, 200],
    ['a file that is too large', { body: { model: 'm' }, file: file(1001) }, 413],
    [
      'fields that are too long',
      { body: { model: 'm'.repeat(1024 * 1024 + 1) }, file: file(1) },
      400,
    ],
    [
      'more fields than are taken',
      {
        body: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`f${at}`, 'x'])),
        file: file(1),
      },
      400,
    ],
    [
      'a name that is a prototype',
      { body: JSON.parse('{"model":"m","__proto__":"x"}') as object, file: file(1) },
      400,
    ],
    [
      'a list of such a name',
      { body: JSON.parse('{"model":"m","__proto__[]":["x"]}') as object, file: file(1) },
      400,
    ],
  ])('answers %s', async (_name, left, status) => {
    expect(await ask(left)).toBe(status)
  })
})

describe('a request target', () => {
  const statusOf = async (target: string, listener: RequestListener = surface) => {
    await using server = await listen(listener)
    return await new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(server.url)
      request({ hostname, port, path: target, agent: false }, (res) => {
        res.resume()
        resolve(res.statusCode)
      })
        .on('error', reject)
        .end()
    })
  }

  it.each([
    ['http://[/v1/models', 400],
    ['http://[/v1/responses/resp_1', 400],
    ['http://a:b:c/v1/models', 400],
    ['http://host/v1/models', 200],
    ['http://host/v1/responses/resp_1?after=%zz', 404],
    ['/v1/models/%zz', 400],
    ['/v1/models/%', 400],
    ['/v1/responses/%zz', 404],
    ['/v1/responses/resp_1?limit=%', 404],
    ['//v1/models', 404],
    ['/v1/__proto__', 404],
    ['/v1/responses/x/constructor', 404],
  ])('%s is answered with %i', async (target, status) => {
    expect(await statusOf(target)).toBe(status)
  })
})
