import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// Next.js puts its own copy of compression 1.7 in front of every API route, and parses bodies
// first.
describe('an API route of Next.js as it comes', () => {
  let app: ChildProcess
  let url: string

  beforeAll(async () => {
    app = fork(fileURLToPath(new URL('next-app/serve.ts', import.meta.url)), {
      execArgv: ['--conditions=@sluice/source'],
      env: { ...process.env, NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [{ port }] = (await once(app, 'message')) as [{ port: number }]
    url = `http://127.0.0.1:${port}`
  }, 90_000)

  afterAll(() => {
    app.kill()
  })

  const post = (body: object, key = 'sk-next-0123456789') =>
    fetch(`${url}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const params = { model: 'demo', messages: [{ role: 'user', content: 'Say hello' }] }

  it('serves whole answers', { timeout: 90_000 }, async () => {
    const res = await post(params)
    expect([res.status, res.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(res.headers.get('x-request-id')).toMatch(/^req_\w{32}$/)
    expect(await res.json()).toMatchObject({ object: 'chat.completion' })
  })

  it('streams, uncompressed', async () => {
    const res = await post({ ...params, stream: true })
    expect(res.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(res.headers.get('content-encoding')).toBeNull()
    const text = await res.text()
    expect(text.startsWith('data: {')).toBe(true)
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('refuses in OpenAI’s shape', async () => {
    const unknown = await post(params, 'sk-unknown')
    expect([unknown.status, await unknown.json()]).toMatchObject([
      401,
      { error: { code: 'invalid_api_key' } },
    ])
    const bad = await post({ model: 'demo' })
    expect([bad.status, await bad.json()]).toMatchObject([400, { error: { param: 'messages' } }])
    const nowhere = await fetch(`${url}/api/v1/nowhere`, {
      headers: { authorization: 'Bearer sk-next-0123456789' },
    })
    expect([nowhere.status, await nowhere.json()]).toMatchObject([
      404,
      { error: { code: 'not_found' } },
    ])
  })
})
