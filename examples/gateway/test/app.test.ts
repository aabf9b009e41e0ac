import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { vendors } from '../src/vendors.ts'

const KEY = 'sk-gateway-0123456789'
const messages = [{ role: 'user', content: 'hi' }]

/** A vendor that tells what it was asked. */
async function fakeVendor() {
  const asked: { url: string; model: unknown; key: string | string[] | undefined }[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.on('data', (part: Buffer) => (body += part.toString()))
    req.on('end', () => {
      const json = JSON.parse(body) as { model?: unknown }
      asked.push({
        url: req.url!,
        model: json.model,
        key: req.headers.authorization ?? req.headers['x-api-key'],
      })
      res.statusCode = 418
      res.end('{"error":{"message":"told"}}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const ask = (env: Record<string, string>, model: string) =>
  request(buildApp(readConfig({ SLUICE_API_KEYS: KEY, ...env })))
    .post('/v1/chat/completions')
    .set('authorization', `Bearer ${KEY}`)
    .send({ model, messages })

describe('gateway', () => {
  it('answers any name from the demo when no vendor is on, and says so', async () => {
    const res = await ask({}, 'gpt-4o').expect(200)
    expect(res.headers['x-sluice-provider']).toBe('demo')
  })

  it('answers no other name when a vendor is on', async () => {
    const res = await ask(
      { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: 'http://127.0.0.1:9' },
      'no-such-model',
    ).expect(404)
    expect((res.body as { error: { code: string } }).error.code).toBe('model_not_found')
  })

  it.each(vendors.map((vendor) => [vendor.prefix, vendor] as const))(
    'takes %s on by its key, by prefix and by well-known name',
    async (prefix, vendor) => {
      await using up = await fakeVendor()
      const env = {
        [`${vendor.env}_API_KEY`]: `key-of-${prefix}-0123`,
        [`${vendor.env}_BASE_URL`]: up.url,
      }
      await ask(env, `${prefix}/a/b:c~d`).expect(418)
      const named = vendor.patterns.map((pattern) => pattern.replace('*', '1'))
      for (const name of named) await ask(env, name).expect(418)
      expect(up.asked).toHaveLength(1 + named.length)
      if (up.asked[0]!.key !== undefined) expect(up.asked[0]!.key).toContain(prefix)
      const said = up.asked[0]!.model ?? decodeURIComponent(up.asked[0]!.url)
      expect(said).toContain('a/b:c~d')
    },
  )

  it('lists what the vendors that are on have, under the names that lead there', async () => {
    const env = {
      SLUICE_API_KEYS: KEY,
      ANTHROPIC_API_KEY: 'k-0123456789',
      IFLOW_API_KEY: 'k-0123456789',
    }
    const res = await request(buildApp(readConfig(env)))
      .get('/v1/models')
      .set('authorization', `Bearer ${KEY}`)
      .expect(200)
    const { object, data } = res.body as {
      object: string
      data: { id: string; object: string; created: number; owned_by: string }[]
    }
    const ids = data.map(({ id }) => id)
    expect(object).toBe('list')
    expect(ids).toEqual(
      expect.arrayContaining([
        'claude-sonnet-4-20250514',
        'claude-3.5-sonnet',
        'iflow/deepseek-r1',
      ]),
    )
    expect(ids.filter((id) => id.startsWith('gpt-') || id === 'deepseek-r1')).toEqual([])
    expect(data.find(({ id }) => id === 'claude-3.5-sonnet')).toMatchObject({
      object: 'model',
      created: 1_729_555_200,
      owned_by: 'anthropic',
    })
  })

  it('asks for a model by the name that its vendor knows, and leaves names that it does not know alone', async () => {
    await using up = await fakeVendor()
    const env = { ANTHROPIC_API_KEY: 'k-0123456789', ANTHROPIC_BASE_URL: up.url }
    for (const name of ['claude-3.5-sonnet', 'claude-9.9-sonnet', 'anthropic/claude-3.5-sonnet'])
      await ask(env, name).expect(418)
    expect(up.asked.map(({ model }) => model)).toEqual([
      'claude-3-5-sonnet-20241022',
      'claude-9.9-sonnet',
      'claude-3.5-sonnet',
    ])
  })

  it('sends names that match nothing to the default vendor', async () => {
    await using up = await fakeVendor()
    const env = { XAI_API_KEY: 'k-0123456789', XAI_BASE_URL: up.url, SLUICE_DEFAULT_VENDOR: 'xai' }
    await ask(env, 'whatever').expect(418)
    expect(up.asked[0]!.model).toBe('whatever')
  })

  it('limits by the environment, and not at all with 0', async () => {
    const once = buildApp(readConfig({ SLUICE_API_KEYS: KEY, SLUICE_RPM: '1' }))
    const get = (app: typeof once) =>
      request(app)
        .post('/v1/embeddings')
        .set('authorization', `Bearer ${KEY}`)
        .send({ model: 'demo', input: 'x' })
    await get(once).expect(200)
    await get(once).expect(429)
    const free = buildApp(
      readConfig({
        SLUICE_API_KEYS: KEY,
        SLUICE_RPM: '0',
        SLUICE_TPM: '0',
        SLUICE_CONCURRENCY: '0',
      }),
    )
    for (let turn = 0; turn < 3; turn++) await get(free).expect(200)
  })

  it('caches when told to', async () => {
    const app = buildApp(readConfig({ SLUICE_API_KEYS: KEY, SLUICE_CACHE_TTL_SECONDS: '60' }))
    const get = () =>
      request(app)
        .post('/v1/chat/completions')
        .set('authorization', `Bearer ${KEY}`)
        .send({ model: 'demo', messages })
    expect((await get()).headers['x-sluice-cache']).toBe('MISS')
    expect((await get()).headers['x-sluice-cache']).toBe('HIT')
  })

  it('answers unknown paths as JSON', async () => {
    const res = await request(buildApp(readConfig({ SLUICE_API_KEYS: KEY })))
      .get('/v1/nope')
      .set('authorization', `Bearer ${KEY}`)
      .expect(404)
    expect((res.body as { error: { type: string } }).error.type).toBe('invalid_request_error')
  })

  it('describes itself in OpenAPI to whoever has a key', async () => {
    const app = buildApp(readConfig({ SLUICE_API_KEYS: KEY, SLUICE_RPM: '7', SLUICE_TPM: '0' }))
    await request(app).get('/v1/openapi.json').expect(401)
    const res = await request(app)
      .get('/v1/openapi.json')
      .set('authorization', `Bearer ${KEY}`)
      .expect(200)
    const document = res.body as {
      openapi: string
      paths: object
      'x-models': string[]
      'x-limits': object
    }
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(Object.keys(document.paths)).toContain('/chat/completions')
    expect(document['x-models']).toContain('demo')
    expect(document['x-limits']).toEqual({ requestsPerMinute: 7, concurrency: 100 })
  })

  it('refuses an environment that cannot be right, naming all of it', () => {
    expect(() =>
      readConfig({ PORT: 'x', SLUICE_RPM: '-1', SLUICE_DEFAULT_VENDOR: 'nobody' }),
    ).toThrow(/PORT.*SLUICE_RPM.*|SLUICE_DEFAULT_VENDOR.*PORT/)
  })

  it('has a fixed key on one’s own machine and a random one elsewhere', () => {
    expect(readConfig({}).keys).toEqual(['sk-test'])
    const [random] = readConfig({ HOST: '0.0.0.0' }).keys
    expect(random!.length).toBeGreaterThan(30)
    expect(readConfig({ HOST: '0.0.0.0' }).keys[0]).not.toBe(random)
  })

  it.each([
    ['authorization', `Bearer ${KEY}`],
    ['x-api-key', KEY],
    ['x-goog-api-key', KEY],
  ])('serves every dialect to a key in the header %s', async (name, value) => {
    const app = buildApp(readConfig({ SLUICE_API_KEYS: KEY }))
    const post = (path: string) => request(app).post(path).set(name, value)
    const chat = await post('/v1/chat/completions').send({ model: 'demo', messages }).expect(200)
    expect(chat.body).toMatchObject({ object: 'chat.completion' })
    const contents = [{ parts: [{ text: 'hi' }] }]
    for (const mount of ['/v1', '/v1beta']) {
      const content = await post(`${mount}/models/demo:generateContent`).send({ contents })
      expect(content.body).toMatchObject({ candidates: [{ finishReason: 'STOP' }] })
    }
  })

  it('counts all dialects and mounts by one and the same limit', async () => {
    const app = buildApp(readConfig({ SLUICE_API_KEYS: KEY, SLUICE_RPM: '2' }))
    const contents = [{ parts: [{ text: 'hi' }] }]
    const ask = (path: string, body: object) =>
      request(app).post(path).set('x-goog-api-key', KEY).send(body)
    await ask('/v1/models/demo:generateContent', { contents }).expect(200)
    await ask('/v1/chat/completions', { model: 'demo', messages }).expect(200)
    const refused = await ask('/v1beta/models/demo:generateContent', { contents }).expect(429)
    expect(refused.body).toMatchObject({ error: { status: 'RESOURCE_EXHAUSTED' } })
  })

  it('takes Google’s key in the query and lists models in Google’s shape', async () => {
    const app = buildApp(readConfig({ SLUICE_API_KEYS: KEY }))
    const listed = await request(app).get(`/v1beta/models?key=${KEY}`).expect(200)
    expect(listed.body).toMatchObject({ models: [{ name: 'models/demo' }, {}, {}] })
    const refused = await request(app).get('/v1beta/models?key=wrong').expect(401)
    expect(refused.body).toMatchObject({ error: { status: 'UNAUTHENTICATED' } })
  })
})
