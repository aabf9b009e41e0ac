import { bearerAuth } from '@sluice/auth'
import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { rateLimit } from '@sluice/rate-limit'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { hosts, listen } from '../support/hosts.ts'

const KEY = 'sk-contract-0123456789'
const authorization = `Bearer ${KEY}`
const messages = [{ role: 'user', content: 'Say hello' }]

interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null }
}

const relay = () =>
  [
    bearerAuth({ keys: [KEY] }),
    rateLimit({}),
    endpoints(demo({ tokensPerSecond: 0 }), { maxBodyBytes: 20_000_000 }),
  ] as const

describe.each(
  hosts.flatMap((host) =>
    host.parsers.map((parser) => ({ host, parser, name: `${host.name}, parser ${parser}` })),
  ),
)('the contract under $name', ({ host, parser }) => {
  const start = () => listen(host.create([['/v1', ...relay()]], parser))
  const post = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body:
        typeof body === 'string' || body instanceof Uint8Array
          ? (body as NonNullable<RequestInit['body']>)
          : JSON.stringify(body),
    })

  it('answers a chat completion', async () => {
    await using server = await start()
    const res = await post(server.url, '/chat/completions', { model: 'demo', messages })
    expect([res.status, res.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(res.headers.get('x-request-id')).toMatch(/^req_\w{32}$/)
    expect(res.headers.get('x-sluice-provider')).toBe('demo')
    expect(res.headers.get('cache-control')).toBe('private, no-store')
    expect(res.headers.get('x-ratelimit-limit-requests')).toBe('3000')
    const body = (await res.json()) as { choices: { message: { content: string } }[] }
    expect(body.choices[0]!.message.content.length).toBeGreaterThan(0)
  })

  it('streams it, one event a line, usage only on request, [DONE] last', async () => {
    await using server = await start()
    for (const include of [false, true]) {
      const options = include ? { stream_options: { include_usage: true } } : {}
      const res = await post(server.url, '/chat/completions', {
        model: 'demo',
        messages,
        stream: true,
        ...options,
      })
      expect(res.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(res.headers.get('cache-control')).toBe('no-cache, no-transform')
      const lines = (await res.text()).split('\n').filter(Boolean)
      expect(lines.at(-1)).toBe('data: [DONE]')
      const chunks = lines
        .slice(0, -1)
        .map((line) => JSON.parse(line.slice(6)) as { choices: unknown[]; usage?: object })
      expect(chunks.filter((chunk) => chunk.choices.length === 0)).toHaveLength(include ? 1 : 0)
    }
  })

  it('embeds, and lists models', async () => {
    await using server = await start()
    const embedded = (await (
      await post(server.url, '/embeddings', { model: 'demo', input: ['a', 'b'] })
    ).json()) as {
      data: unknown[]
    }
    expect(embedded.data).toHaveLength(2)
    const listed = await fetch(`${server.url}/v1/models`, { headers: { authorization } })
    const { data } = (await listed.json()) as { data: { id: string }[] }
    expect(data.map((model) => model.id)).toContain('demo')
    const one = await fetch(`${server.url}/v1/models/demo`, { headers: { authorization } })
    expect(await one.json()).toMatchObject({ id: 'demo', object: 'model' })
  })

  it.each([
    ['no key', { authorization: '' }],
    ['another scheme', { authorization: `Basic ${KEY}` }],
    ['an unknown key', { authorization: 'Bearer sk-unknown' }],
  ])('answers 401 with one text for %s', async (_name, headers) => {
    await using server = await start()
    const res = await post(server.url, '/chat/completions', { model: 'demo', messages }, headers)
    expect(res.status).toBe(401)
    const { error } = (await res.json()) as ErrorBody
    expect(error).toMatchObject({
      type: 'invalid_request_error',
      code: 'invalid_api_key',
      param: null,
    })
    const other = await fetch(`${server.url}/v1/models`)
    expect(((await other.json()) as ErrorBody).error.message).toBe(error.message)
  })

  const bad: [string, unknown, string | null][] = [
    ['no model', { messages }, 'model'],
    ['a model that is a list', { model: ['x'], messages }, 'model'],
    ['a model that climbs', { model: '../../etc', messages }, 'model'],
    ['a model of a megabyte', { model: 'x'.repeat(1_000_000), messages }, 'model'],
    ['no messages', { model: 'demo' }, 'messages'],
    ['empty messages', { model: 'demo', messages: [] }, 'messages'],
    [
      'an unknown role',
      { model: 'demo', messages: [{ role: 'wizard', content: 'x' }] },
      'messages[0].role',
    ],
    [
      'content that is a number',
      { model: 'demo', messages: [{ role: 'user', content: 4 }] },
      'messages[0].content',
    ],
    [
      'a tool result without its call',
      { model: 'demo', messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].tool_call_id',
    ],
    ['temperature 99', { model: 'demo', messages, temperature: 99 }, 'temperature'],
    ['top_p -1', { model: 'demo', messages, top_p: -1 }, 'top_p'],
    ['n 0', { model: 'demo', messages, n: 0 }, 'n'],
    ['n a million', { model: 'demo', messages, n: 1e6 }, 'n'],
    ['max_tokens -5', { model: 'demo', messages, max_tokens: -5 }, 'max_tokens'],
    ['max_tokens a billion', { model: 'demo', messages, max_tokens: 1e12 }, 'max_tokens'],
    [
      'max_completion_tokens 1.5',
      { model: 'demo', messages, max_completion_tokens: 1.5 },
      'max_completion_tokens',
    ],
    ['presence_penalty 3', { model: 'demo', messages, presence_penalty: 3 }, 'presence_penalty'],
    [
      'frequency_penalty -3',
      { model: 'demo', messages, frequency_penalty: -3 },
      'frequency_penalty',
    ],
    ['stream "true"', { model: 'demo', messages, stream: 'true' }, 'stream'],
    ['stream 1', { model: 'demo', messages, stream: 1 }, 'stream'],
    [
      '10,000 stops',
      { model: 'demo', messages, stop: Array.from({ length: 10_000 }, () => 'x') },
      'stop',
    ],
    [
      '129 tools',
      {
        model: 'demo',
        messages,
        tools: Array.from({ length: 129 }, (_, at) => ({
          type: 'function',
          function: { name: `f${at}` },
        })),
      },
      'tools',
    ],
    [
      'a tool name with a space',
      { model: 'demo', messages, tools: [{ type: 'function', function: { name: 'a b' } }] },
      'tools[0].function.name',
    ],
    [
      'a tool name of 65',
      {
        model: 'demo',
        messages,
        tools: [{ type: 'function', function: { name: 'x'.repeat(65) } }],
      },
      'tools[0].function.name',
    ],
    ['top_logprobs 21', { model: 'demo', messages, top_logprobs: 21 }, 'top_logprobs'],
    [
      'a seed past what is exact',
      '{"model":"demo","messages":[{"role":"user","content":"x"}],"seed":12345678901234567890}',
      'seed',
    ],
    [
      'a temperature beyond numbers',
      '{"model":"demo","messages":[{"role":"user","content":"x"}],"temperature":1e999}',
      'temperature',
    ],
  ]
  it('answers 400 with the param for everything out of range or ill-typed', async () => {
    await using server = await start()
    for (const [name, body, param] of bad) {
      const res = await post(server.url, '/chat/completions', body)
      const { error } = (await res.json()) as ErrorBody
      expect([name, res.status, error.type, error.param]).toEqual([
        name,
        400,
        'invalid_request_error',
        param,
      ])
    }
  })

  it('answers 400 to a body that is no JSON object, and to one that is too deep', async () => {
    await using server = await start()
    const deep = `{"model":"demo","messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const broken = ['', 'null', '1', '"x"', '[]', '{"model":', '{"model":"demo"} x', '{a:1}', deep]
    for (const body of broken) {
      const res = await post(server.url, '/chat/completions', body)
      const text = await res.text()
      // A parser of the host that meets broken JSON answers for the host, before we are asked.
      if (parser === 'json' && !text.startsWith('{')) continue
      expect([body.slice(0, 20), res.status, (JSON.parse(text) as ErrorBody).error.type]).toEqual([
        body.slice(0, 20),
        400,
        'invalid_request_error',
      ])
    }
  })

  it('lets nothing into the prototype', async () => {
    await using server = await start()
    const body =
      '{"model":"demo","messages":[{"role":"user","content":"x"}],"__proto__":{"polluted":1},"metadata":{"__proto__":{"polluted":1}}}'
    expect((await post(server.url, '/chat/completions', body)).status).toBe(200)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('answers 405 with Allow, 415, and our 404 for what OpenAI has and we do not', async () => {
    await using server = await start()
    const headers = { authorization }
    const get = await fetch(`${server.url}/v1/chat/completions`, { headers })
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    const plain = await post(server.url, '/chat/completions', 'hello', {
      'content-type': 'text/plain',
    })
    expect([plain.status, ((await plain.json()) as ErrorBody).error.code]).toEqual([
      415,
      'unsupported_content_type',
    ])
    const files = await fetch(`${server.url}/v1/files`, { headers })
    expect([files.status, ((await files.json()) as ErrorBody).error.code]).toEqual([
      404,
      'unsupported_endpoint',
    ])
  })

  it('leaves unknown paths to the host', async () => {
    await using server = await start()
    for (const path of ['/v1/unknown', '/v1/%zz', '/v1/models%00', '/other']) {
      const res = await fetch(`${server.url}${path}`, { headers: { authorization } })
      expect([path, res.status, await res.text()]).toEqual([path, 404, 'the host’s own 404'])
    }
  })

  it('serves two mounts of different config apart', async () => {
    const second = [
      bearerAuth({ keys: ['sk-other-0123456789'] }),
      endpoints(demo({ tokensPerSecond: 0 })),
    ] as const
    await using server = await listen(
      host.create(
        [
          ['/v1', ...relay()],
          ['/v2', ...second],
        ],
        parser,
      ),
    )
    const ask = (path: string, key: string) =>
      fetch(`${server.url}${path}/models`, { headers: { authorization: `Bearer ${key}` } }).then(
        (res) => res.status,
      )
    expect(await ask('/v1', KEY)).toBe(200)
    expect(await ask('/v2', 'sk-other-0123456789')).toBe(200)
    expect(await ask('/v1', 'sk-other-0123456789')).toBe(401)
    expect(await ask('/v2', KEY)).toBe(401)
  })

  it.runIf(parser === 'none')('bounds the body, also inside compression', async () => {
    await using server = await start()
    const big = JSON.stringify({
      model: 'demo',
      messages: [{ role: 'user', content: 'x'.repeat(21_000_000) }],
    })
    expect(
      (await post(server.url, '/chat/completions', big).catch(() => ({ status: 413 }))).status,
    ).toBe(413)
    const bomb = gzipSync(Buffer.from(big))
    const headers = { 'content-encoding': 'gzip' }
    expect((await post(server.url, '/chat/completions', bomb, headers)).status).toBe(413)
    expect(
      (await post(server.url, '/chat/completions', Buffer.from('not gzip'), headers)).status,
    ).toBe(400)
    expect(
      (await post(server.url, '/chat/completions', '{}', { 'content-encoding': 'lzma' })).status,
    ).toBe(415)
    const small = gzipSync(JSON.stringify({ model: 'demo', messages }))
    expect((await post(server.url, '/chat/completions', small, headers)).status).toBe(200)
  })
})

describe('a body that something else has consumed', () => {
  it('gets a clear answer at once', async () => {
    const [host] = hosts
    const consume = (req: import('node:http').IncomingMessage, _res: unknown, next: () => void) => {
      req.on('data', () => {})
      req.on('end', () => next())
    }
    await using server = await listen(host!.create([['/v1', consume, endpoints(demo())]], 'none'))
    const res = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo', messages }),
    })
    expect([res.status, ((await res.json()) as ErrorBody).error.code]).toEqual([
      400,
      'body_already_consumed',
    ])
  })
})
