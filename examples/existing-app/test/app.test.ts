import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { buildApp } from '../src/app.ts'

const KEY = 'sk-existing-0123456789'
const chat = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] }
const ask = (app: ReturnType<typeof buildApp>, body: object) =>
  request(app)
    .post('/v1/chat/completions')
    .set('authorization', `Bearer ${KEY}`)
    .set('accept-encoding', 'gzip')
    .send(body)

describe('existing-app', () => {
  it('keeps every route of the host as it was', async () => {
    const app = buildApp({ keys: [KEY] })
    await request(app).get('/v1/health').expect(200, { ok: true })
    await request(app)
      .post('/orders')
      .send({ item: 1 })
      .expect(201, { order: { item: 1 }, session: true })
    await request(app).get('/broken').expect(500, 'the host’s own error page')
    await request(app).get('/nowhere').expect(404)
  })

  it('lets a route of the host behind the mount be reached with a key', async () => {
    const app = buildApp({ keys: [KEY] })
    await request(app)
      .get('/v1/late')
      .set('authorization', `Bearer ${KEY}`)
      .expect(200, 'a route of the host, behind the relay')
  })

  it('keeps what the host’s middleware puts on every answer', async () => {
    const lines: string[] = []
    const app = buildApp({ keys: [KEY], log: (line) => lines.push(line) })
    const res = await ask(app, chat).expect(200)
    expect(res.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      'x-sluice-provider': 'demo',
    })
    expect(res.headers['vary']).toMatch(/Authorization/)
    expect(lines.join('')).toMatch(/POST \/v1\/chat\/completions 200/)
  })

  it('streams through compression event by event, not gathered', async () => {
    const app = buildApp({ keys: [KEY] })
    const arrivals: number[] = []
    const server = app.listen(0)
    const { port } = server.address() as { port: number }
    const res = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'accept-encoding': 'gzip',
      },
      body: JSON.stringify({ ...chat, stream: true, max_tokens: 8 }),
    })
    expect(res.headers.get('content-encoding')).toBeNull()
    for await (const _part of res.body!) arrivals.push(performance.now())
    server.close()
    expect(arrivals.length).toBeGreaterThan(3)
    expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(40)
  })

  it('leaves what the host’s own parser refuses to the mount’s error handler, which answers in OpenAI’s shape', async () => {
    const app = buildApp({ keys: [KEY] })
    const res = await request(app)
      .post('/v1/chat/completions')
      .set('authorization', `Bearer ${KEY}`)
      .set('content-type', 'application/json')
      .send('{"model":')
    expect([res.status, (res.body as { error: { type: string } }).error.type]).toEqual([
      400,
      'invalid_request_error',
    ])
  })

  it('asks for a key', async () => {
    const res = await request(buildApp({ keys: [KEY] }))
      .post('/v1/chat/completions')
      .send(chat)
      .expect(401)
    expect((res.body as { error: { code: string } }).error.code).toBe('invalid_api_key')
  })
})
