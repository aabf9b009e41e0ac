import { createRequire } from 'node:module'
import express from 'express'
import { lastValueFrom, toArray } from 'rxjs'
import { ConfigError, demo, pickText, createRelay } from 'sluice'
import request from 'supertest'
import { describe, expect, it } from 'vitest'

const KEY = 'sk-relay-0123456789'
const params = { model: 'demo', messages: [{ role: 'user' as const, content: 'hi' }] }
const routes = { 'demo*': demo({ tokensPerSecond: 0 }) }

const mounted = (middleware: ReturnType<typeof createRelay>['middleware']) => {
  const app = express()
  app.use('/v1', middleware)
  app.use((_req, res) => {
    res.status(404).send('the host’s own')
  })
  return app
}

describe('relay', () => {
  it('serves the whole stack as one middleware', async () => {
    const ai = createRelay({
      routes,
      auth: { keys: [KEY] },
      limits: { requestsPerMinute: 2 },
      cache: { ttlMs: 60_000 },
    })
    const app = mounted(ai.middleware)
    const ask = () =>
      request(app).post('/v1/chat/completions').set('authorization', `Bearer ${KEY}`).send(params)
    await request(app).post('/v1/chat/completions').send(params).expect(401)
    expect((await ask().expect(200)).headers['x-sluice-cache']).toBe('MISS')
    expect((await ask().expect(200)).headers['x-sluice-cache']).toBe('HIT')
    await ask().expect(429)
    await request(app)
      .get('/v1/unknown')
      .set('authorization', `Bearer ${KEY}`)
      .expect(404, 'the host’s own')
    expect(ai.status()).toEqual({ running: 0, completed: 2, failed: 1, left: 0 })
  })

  it('answers in process by the same stages', async () => {
    const ai = createRelay({ routes, auth: { keys: [KEY] }, limits: {} })
    const principal = { id: 'me', tenant: 'us' }
    const text = await lastValueFrom(
      ai.chat({ ...params, stream: true }, { principal }).pipe(pickText(), toArray()),
    )
    expect(text.join('').length).toBeGreaterThan(0)
    await expect(lastValueFrom(ai.chat(params))).rejects.toMatchObject({ status: 401 })
  })

  it('counts a caller who leaves as one who left', () => {
    const ai = createRelay({ routes: { 'demo*': demo({ tokensPerSecond: 1 }) } })
    const subscription = ai.chat({ ...params, stream: true }).subscribe()
    expect(ai.status().running).toBe(1)
    subscription.unsubscribe()
    expect(ai.status()).toEqual({ running: 0, completed: 0, failed: 0, left: 1 })
  })

  it('explains a route, and refuses new calls once it is closed', async () => {
    const ai = createRelay({ routes })
    expect(ai.explain('demo-large')?.targets).toEqual([{ provider: 'demo', model: 'demo-large' }])
    expect(ai.explain('gpt-4o')).toBeUndefined()
    ai.close()
    await expect(lastValueFrom(ai.chat(params))).rejects.toMatchObject({ status: 503 })
  })

  it('keeps two relays of different config apart', async () => {
    const strict = createRelay({ routes, auth: { keys: [KEY] }, limits: { requestsPerMinute: 1 } })
    const free = createRelay({ routes })
    const app = express()
    app.use('/strict', strict.middleware)
    app.use('/free', free.middleware)
    for (let turn = 0; turn < 3; turn++)
      await request(app).post('/free/chat/completions').send(params).expect(200)
    const ask = () =>
      request(app)
        .post('/strict/chat/completions')
        .set('authorization', `Bearer ${KEY}`)
        .send(params)
    await ask().expect(200)
    await ask().expect(429)
  })

  it('says what is wrong with its config at once', () => {
    expect(() => createRelay({} as never)).toThrow(ConfigError)
    expect(() => createRelay({ routes, limit: {} } as never)).toThrow(/Did you mean `limits`/)
  })

  it('can be required from CommonJS', () => {
    const required = createRequire(import.meta.url)('sluice') as Record<string, unknown>
    expect(typeof required['createRelay']).toBe('function')
  })
})
