import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  CLIENT_KEY,
  faultGateway,
  messages,
  type FaultGateway,
  type FaultGatewayOptions,
} from '../support/fault-gateway.ts'
import { rawClient, type RawClient } from '../support/raw-client.ts'
import { turnWatch } from '../support/turn-watch.ts'
import { until } from '../support/until.ts'

const body = (model = 'fault:ok', more: object = {}) => JSON.stringify({ model, messages, ...more })
/** A request as bytes: what is given in place of the usual lines, then the body. */
function post(
  lines: readonly string[],
  text: string,
  { path = '/v1/chat/completions', key = CLIENT_KEY, http = '1.1' } = {},
): string {
  const head = [
    `POST ${path} HTTP/${http}`,
    'host: gateway',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
  ]
  return [...head, ...lines, '', text].join('\r\n')
}
const good = (text = body()) => post([`content-length: ${Buffer.byteLength(text)}`], text)
const models = `GET /v1/models HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${CLIENT_KEY}\r\n\r\n`

/**
 * Sends bytes and gives the statuses that came back once there are as many as expected, or the
 * connection is closed.
 */
async function exchange(
  gateway: FaultGateway,
  bytes: string,
  expected = 1,
): Promise<readonly number[]> {
  using client = rawClient(gateway.port)
  client.write(bytes)
  const state = { closed: false }
  void client.closed.then(() => (state.closed = true))
  expect(await until(() => state.closed || isAnswered(client, expected), 4000), 'no hang').toBe(
    true,
  )
  return client.statuses
}

const isAnswered = (client: RawClient, expected: number) =>
  client.statuses.length >= expected && /[}>]\n?$|\n\n$|\r\n\r\n$/.test(client.received)

describe('requests that are not quite HTTP', () => {
  it.each<[string, string, readonly number[]]>([
    [
      'a length and chunks at once',
      post(['content-length: 6', 'transfer-encoding: chunked'], `0\r\n\r\n${models}`),
      [400],
    ],
    ['two lengths', post(['content-length: 5', 'content-length: 6'], body()), [400]],
    ['a negative length', post(['content-length: -5'], body()), [400]],
    [
      'a blank before the colon',
      post(['transfer-encoding : chunked'], `0\r\n\r\n${models}`),
      [400],
    ],
    ['a folded header', post(['x-folded: a\r\n b', 'content-length: 0'], ''), [400]],
    ['a NUL in a header', post(['x-nul: a\0b', 'content-length: 0'], ''), [400]],
    ['a bare line feed', good().replace('\r\nhost', '\nhost'), [400]],
    ['an unknown transfer coding', post(['transfer-encoding: xchunked'], ''), [400]],
    ['a broken chunk size', post(['transfer-encoding: chunked'], 'ZZ\r\n{}\r\n0\r\n\r\n'), [400]],
    ['a header of 20 KB', post([`x-long: ${'x'.repeat(20_000)}`, 'content-length: 0'], ''), [431]],
    [
      '2,400 headers',
      post(
        Array.from({ length: 2400 }, (_none, at) => `x-${at}: 0123`),
        '',
      ),
      [431],
    ],
    ['an expectation nobody knows', post(['expect: nope', 'content-length: 2'], '{}'), [417]],
  ])(
    'get one answer and no second request out of their bytes: %s',
    async (_name, bytes, statuses) => {
      await using gateway = await faultGateway()
      expect(await exchange(gateway, bytes)).toEqual(statuses)
      expect(gateway.vendor.requests).toHaveLength(0)
      expect(await exchange(gateway, good())).toEqual([200])
    },
  )

  it('may wait for leave to send', async () => {
    await using gateway = await faultGateway()
    const text = body()
    const bytes = post(['expect: 100-continue', `content-length: ${Buffer.byteLength(text)}`], text)
    expect(await exchange(gateway, bytes, 2)).toEqual([100, 200])
  })

  it('are answered in order where they come three at a time, one of them wrong', async () => {
    await using gateway = await faultGateway()
    const statuses = await exchange(gateway, good() + good('{"model":') + good(), 3)
    expect(statuses).toEqual([200, 400, 200])
  })

  it('stream to who speaks HTTP/1.0, up to a proper end', async () => {
    await using gateway = await faultGateway()
    using client = rawClient(gateway.port)
    const text = body('fault:ok', { stream: true })
    client.write(post([`content-length: ${Buffer.byteLength(text)}`], text, { http: '1.0' }))
    await client.closed
    expect(client.received).not.toMatch(/transfer-encoding/i)
    expect(client.received).toMatch(/data: \[DONE\]\n\n$/)
  })

  it('are treated as plain ones where they ask for another protocol', async () => {
    await using gateway = await faultGateway()
    const upgrade = models.replace(
      '\r\n\r\n',
      '\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    )
    expect(await exchange(gateway, upgrade)).toEqual([200])
  })

  it('reach no other host by their target, Host or forwarding headers', async () => {
    await using gateway = await faultGateway()
    const absolute = good()
      .replace('POST /v1', 'POST http://evil.example/v1')
      .replace('host: gateway', 'host: evil.example')
    const forwarded = good().replace(
      'host: gateway',
      'host: a\r\nforwarded: host=evil\r\nx-forwarded-host: evil\r\nx-forwarded-for: 127.0.0.1',
    )
    for (const bytes of [absolute, forwarded]) {
      using client = rawClient(gateway.port)
      client.write(bytes)
      await until(() => isAnswered(client, 1))
      expect(client.statuses).toEqual([200])
      expect(client.received).not.toContain('evil')
    }
    expect(
      gateway.vendor.requests.map(({ headers }) => JSON.stringify(headers).includes('evil')),
    ).toEqual([false, false])
  })

  it('are judged by their first key where they have two', async () => {
    await using gateway = await faultGateway()
    const two = (first: string, second: string) =>
      models.replace(
        /authorization: .*\r\n/,
        `authorization: Bearer ${first}\r\nauthorization: Bearer ${second}\r\n`,
      )
    expect(await exchange(gateway, two(CLIENT_KEY, 'sk-wrong'))).toEqual([200])
    expect(await exchange(gateway, two('sk-wrong', CLIENT_KEY))).toEqual([401])
  })
})

describe('paths and methods', () => {
  it.each([
    '/v1/%zz',
    '/v1/../admin',
    '/v1//models',
    '/v1/models%00',
    '/v1/models/..%2f..%2fadmin',
    '/v1/models/%00',
    '/v1/chat/completions/more',
  ])('get a 404 for %s', async (path) => {
    await using gateway = await faultGateway()
    expect(await exchange(gateway, models.replace('/v1/models', path))).toEqual([404])
  })

  it.each(['GET', 'PATCH', 'TRACE', 'DELETE', 'PUT'])(
    'get a 405 with Allow for %s',
    async (method) => {
      await using gateway = await faultGateway()
      using client = rawClient(gateway.port)
      client.write(models.replace('GET /v1/models', `${method} /v1/chat/completions`))
      await until(() => isAnswered(client, 1))
      expect(client.statuses).toEqual([405])
      expect(client.received).toMatch(/\r\nallow: POST\r\n/i)
      expect(client.received).toContain('method_not_supported')
    },
  )

  it('close a CONNECT', async () => {
    await using gateway = await faultGateway()
    using client = rawClient(gateway.port)
    client.write('CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n')
    await client.closed
    expect(client.statuses).toEqual([])
  })

  it('answer HEAD without a body', async () => {
    await using gateway = await faultGateway()
    using client = rawClient(gateway.port)
    client.write(models.replace('GET', 'HEAD'))
    await until(() => client.received.endsWith('\r\n\r\n'))
    expect(client.statuses).toEqual([200])
  })
})

describe('bodies that do not come', () => {
  it('get a 408 in time, hold no permit, and lose their connection', async () => {
    await using gateway = await faultGateway({ http: { bodyTimeoutMs: 80 } })
    using client = rawClient(gateway.port)
    client.write(post(['content-length: 100'], '{"model'))
    await setTimeout(40)
    expect([client.statuses, gateway.leases]).toEqual([[], 0])
    const answered = performance.now()
    await client.closed
    // Not by the keep-alive timeout of Node.
    expect(performance.now() - answered).toBeLessThan(2000)
    expect(client.received).toMatch(/^connection: close\r$/im)
    expect(client.statuses).toEqual([408])
    expect(client.received).toContain('request_timeout')
  })

  it('are read no further than the limit', async () => {
    await using gateway = await faultGateway({ http: { maxBodyBytes: 100_000 } })
    using client = rawClient(gateway.port)
    client.write(post(['transfer-encoding: chunked'], ''))
    const piece = `8000\r\n${'x'.repeat(0x8000)}\r\n`
    for (let sent = 0; sent < 40 && client.statuses.length === 0; sent++) {
      client.write(piece)
      await setTimeout(2)
    }
    expect(client.statuses).toEqual([413])
    expect(client.received).toContain('request_too_large')
    expect(client.received).toMatch(/^connection: close\r$/im)
  })

  it('do not keep others waiting', async () => {
    await using gateway = await faultGateway({ http: { bodyTimeoutMs: 300 } })
    const slow = Array.from({ length: 100 }, () => rawClient(gateway.port))
    for (const client of slow) client.write('POST /v1/chat/completions HTTP/1.1\r\nho')
    expect((await gateway.chat('fault:ok')).status).toBe(200)
    for (const client of slow) client[Symbol.dispose]()
  })
})

describe('bodies that are a burden', () => {
  const prompt = (content: unknown) =>
    JSON.stringify({ model: 'fault:ok', messages: [{ role: 'user', content }] })
  const million = 1_000_000
  it.each<[string, string, readonly number[]]>([
    [
      'arrays in arrays',
      `{"model":"m","messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      [400],
    ],
    [
      'objects in objects',
      `{"model":"m","messages":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      [400],
    ],
    [
      '100,000 keys',
      `{"model":"m","messages":[],${Array.from({ length: 100_000 }, (_none, at) => `"k${at}":1`).join(',')}}`,
      [400],
    ],
    [
      'a key of a megabyte',
      `{"model":"fault:ok","messages":[{"role":"user","content":"x"}],"${'k'.repeat(million)}":1}`,
      [200, 400],
    ],
    ['a prompt of a million letters', prompt('a'.repeat(million)), [200, 429]],
    ['a prompt of a million blanks', prompt(' '.repeat(million)), [200, 429]],
    ['a prompt of a million characters', prompt('好'.repeat(million)), [200, 429]],
    ['a prompt of joined emoji', prompt('👩‍👩‍👧'.repeat(60_000)), [200, 429]],
    [
      'a prompt of control words',
      prompt('<|endoftext|><|im_start|>system'.repeat(10_000)),
      [200, 429],
    ],
    [
      'lone surrogates',
      `{"model":"fault:ok","messages":[{"role":"user","content":"${'\\ud800'.repeat(100_000)}"}]}`,
      [200, 429],
    ],
    [
      'a schema with a vicious pattern',
      JSON.stringify({
        model: 'fault:ok',
        messages,
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 's',
            schema: { type: 'string', pattern: '^(a+)+$', default: `${'a'.repeat(40)}!` },
          },
        },
      }),
      [200],
    ],
  ])('are answered without blocking anybody: %s', async (_name, text, statuses) => {
    await using gateway = await faultGateway({ tokensPerMinute: 1_000_000 })
    await gateway.chat('fault:ok')
    const watch = turnWatch()
    const got = await gateway.ask('/v1/chat/completions', { body: text })
    // 50 ms are promised; vendor and client of this test parse the same body in the same thread.
    expect(watch.stop()).toBeLessThan(150)
    expect(statuses).toContain(got.status)
  })
})

describe('request headers', () => {
  it.each(['x-api-base', 'x-openai-base-url', 'x-portkey-custom-host', 'openai-api-base'])(
    '%s goes nowhere',
    async (name) => {
      const options: FaultGatewayOptions = {}
      await using gateway = await faultGateway(options)
      const got = await gateway.chat(
        'fault:ok',
        {},
        { headers: { [name]: 'http://127.0.0.1:9', cookie: 'a=b', 'x-custom': 'c' } },
      )
      expect(got.status).toBe(200)
      const { headers } = gateway.vendor.requests[0]!
      expect([headers[name], headers['cookie'], headers['x-custom']]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      expect(headers['authorization']).not.toContain(CLIENT_KEY)
    },
  )
})
