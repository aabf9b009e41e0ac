import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { fakeVendor } from '@sluice/conformance'
import { defineMiddleware, exchangeOf, sendError, ApiError, type Handler } from '@sluice/core'
import {
  attachResponsesSocket,
  endpoints,
  mount,
  type ResponsesSocketOptions,
} from '@sluice/endpoints'
import { Observable } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openaiCompatible } from '../../../providers/src/index.ts'

type Event = Record<string, unknown> & { type: string }

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

/** A key in front, as `bearerAuth` is. */
const guard = defineMiddleware(
  { name: 'guard', phase: 'guard', intercept: (call, next) => next(call) },
  (_exchange, req, res, next) => {
    if (req.headers.authorization === 'Bearer good') {
      exchangeOf(req).principal = { id: 'one', tenant: 'all' }
      return next()
    }
    sendError(req, res, new ApiError('invalid_api_key', { message: 'No.' }))
  },
)

async function serve(handler: Handler, options?: ResponsesSocketOptions | false) {
  const server: Server = createServer(mount('/v1', guard, endpoints(handler)))
  const detach =
    options === false ? undefined : attachResponsesSocket(server, '/v1/responses', options)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    detach?.()
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port, detach }
}

async function vendorBehind() {
  const asked: { messages: { role: string; content: unknown }[] }[] = []
  const vendor = await fakeVendor({
    reply: (params) => {
      asked.push(params as never)
      return `Turn ${asked.length}.`
    },
  })
  cleanups.push(() => vendor[Symbol.asyncDispose]())
  const provider = openaiCompatible({ id: 'alike', baseURL: `${vendor.url}/v1`, apiKey: 'x' })
  return { provider, asked }
}

class Client {
  readonly events: Event[] = []
  readonly socket: WebSocket
  #wake: () => void = () => {}

  constructor(port: number, key = 'good', path = '/v1/responses') {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      headers: { authorization: `Bearer ${key}` },
    })
    this.socket.on('message', (data) => {
      this.events.push(JSON.parse((data as Buffer).toString()) as Event)
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => this.#wake())
    cleanups.push(() => this.socket.terminate())
  }

  async open(): Promise<this> {
    await once(this.socket, 'open')
    return this
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Waits for the first event from `from` on that fits. */
  async until(fits: (event: Event) => boolean, from = 0): Promise<Event> {
    for (;;) {
      const found = this.events.slice(from).find(fits)
      if (found !== undefined) return found
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('The socket has closed.')
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async ask(params: object): Promise<Event> {
    const from = this.events.length
    this.send({ type: 'response.create', model: 'm', ...params })
    return this.until(
      ({ type }) => /^(?:response\.(?:completed|failed|incomplete)|error)$/.test(type),
      from,
    )
  }
}

const idOf = (event: Event) => (event['response'] as { id: string }).id
const refusal = (socket: WebSocket) =>
  new Promise<number>((resolve) =>
    socket.on('unexpected-response', (_req, res) => resolve(res.statusCode ?? 0)),
  )

describe('the socket of responses', () => {
  it('streams a response, one JSON event to a frame', async () => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider)
    const client = await new Client(port).open()
    const end = await client.ask({ input: 'hi' })
    expect(end.type).toBe('response.completed')
    expect(client.events[0]!.type).toBe('response.created')
    expect(client.events.map((event) => event['sequence_number'])).toEqual(
      client.events.map((_event, at) => at),
    )
    expect(JSON.stringify(end)).toContain('Turn 1.')
  })

  it('goes on from a response that is kept nowhere but in the connection', async () => {
    const { provider, asked } = await vendorBehind()
    const { port } = await serve(provider)
    const client = await new Client(port).open()
    const first = await client.ask({ input: 'one', store: false })
    const second = await client.ask({
      input: 'two',
      store: false,
      previous_response_id: idOf(first),
    })
    await client.ask({ input: 'three', store: false, previous_response_id: idOf(second) })
    expect(asked[2]!.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ])
    const other = await new Client(port).open()
    const lost = await other.ask({ input: 'x', store: false, previous_response_id: idOf(first) })
    expect(lost).toMatchObject({ type: 'error', status: 400 })
    expect(lost['error']).toMatchObject({ code: 'previous_response_not_found' })
    expect((await other.ask({ input: 'again' })).type).toBe('response.completed')
  })

  it('warms up without asking the vendor, and goes on from there', async () => {
    const { provider, asked } = await vendorBehind()
    const { port } = await serve(provider)
    const client = await new Client(port).open()
    const warm = await client.ask({
      input: [{ type: 'message', role: 'developer', content: 'Be brief.' }],
      store: false,
      generate: false,
    })
    expect(warm.type).toBe('response.completed')
    expect(asked).toHaveLength(0)
    await client.ask({ input: 'hi', store: false, previous_response_id: idOf(warm) })
    expect(asked[0]!.messages.map(({ role }) => role)).toEqual(['system', 'user'])
  })

  it('forgets what a continuation failed from', async () => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider)
    const client = await new Client(port).open()
    const first = await client.ask({ input: 'one', store: false })
    const unknown = [{ type: 'function_call_output', call_id: 'call_none', output: 'x' }]
    const asked = { input: unknown, store: false, previous_response_id: idOf(first) }
    expect((await client.ask(asked)).type).toBe('error')
    const after = await client.ask({ input: 'x', store: false, previous_response_id: idOf(first) })
    expect(after['error']).toMatchObject({ code: 'previous_response_not_found' })
  })

  it('runs several responses at a time, and no more than it may', async () => {
    const running = new Set<number>()
    const hanging: Handler = () =>
      new Observable(() => {
        const one = Math.random()
        running.add(one)
        return () => running.delete(one)
      })
    const { port } = await serve(hanging, { maxLanes: 3 })
    const client = await new Client(port).open()
    for (let at = 0; at < 1000; at++)
      client.send({ type: 'response.create', model: 'm', input: String(at) })
    await client.until(() => client.events.length === 997)
    expect(client.events[0]!['error']).toMatchObject({ code: 'rate_limit_exceeded' })
    await expect.poll(() => running.size).toBe(3)
    client.socket.terminate()
    await expect.poll(() => running.size).toBe(0)
  })

  it('cancels a response, and says so where there is none', async () => {
    let stopped = 0
    const hanging: Handler = () => new Observable(() => () => stopped++)
    const { port } = await serve(hanging)
    const client = await new Client(port).open()
    client.send({ type: 'response.create', model: 'm', input: 'x' })
    client.send({ type: 'response.cancel' })
    await expect.poll(() => stopped).toBe(1)
    client.send({ type: 'response.cancel', response_id: 'resp_none' })
    expect(await client.until(({ type }) => type === 'error')).toMatchObject({ status: 400 })
  })

  it('refuses a handshake as the stages in front refuse a request', async () => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider)
    expect(await refusal(new Client(port, 'bad').socket)).toBe(401)
    expect(await refusal(new Client(port, 'good', '/v1/other').socket)).toBe(404)
  })

  it('lets no more connections in than it may', async () => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider, { maxConnections: 1 })
    await new Client(port).open()
    expect(await refusal(new Client(port).socket)).toBe(503)
  })

  it('leaves other paths to the host', async () => {
    const { provider } = await vendorBehind()
    const { server, port } = await serve(provider)
    server.on('upgrade', (req, socket) => {
      if (req.url === '/mine') socket.end('HTTP/1.1 418 Mine\r\ncontent-length: 0\r\n\r\n')
    })
    expect(await refusal(new Client(port, 'good', '/mine').socket)).toBe(418)
    expect((await (await new Client(port).open()).ask({ input: 'hi' })).type).toBe(
      'response.completed',
    )
  })

  it.each([
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no type', '{}'],
    ['a type that nobody knows', '{"type":"__proto__"}'],
    ['params that are wrong', '{"type":"response.create","model":5}'],
  ])('answers %s with an error, and goes on', async (_name, text) => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider)
    const client = await new Client(port).open()
    client.send(text)
    expect(await client.until(({ type }) => type === 'error')).toMatchObject({ status: 400 })
    expect((await client.ask({ input: 'hi' })).type).toBe('response.completed')
  })

  it('closes a connection that sends nothing but nonsense, binary frames or too long ones', async () => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider, { maxMessageBytes: 10_000 })
    const codes: unknown[] = []
    for (const send of [
      (client: Client) => Array.from({ length: 40 }, () => client.send('x')),
      (client: Client) => client.socket.send(Buffer.from([1, 2])),
      (client: Client) => client.send('x'.repeat(20_000)),
    ]) {
      const client = await new Client(port).open()
      send(client)
      codes.push((await once(client.socket, 'close'))[0])
    }
    expect(codes).toEqual([1008, 1003, 1009])
  })

  it('cuts off who answers no ping, and closes what is idle', async () => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider, { pingMs: 40, idleMs: 400 })
    const raw = connect(port, '127.0.0.1')
    cleanups.push(() => void raw.destroy())
    const head = [
      'GET /v1/responses HTTP/1.1',
      'host: x',
      'authorization: Bearer good',
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      `sec-websocket-key: ${Buffer.alloc(16).toString('base64')}`,
    ]
    raw.on('error', () => {})
    raw.resume()
    raw.write(`${head.join('\r\n')}\r\n\r\n`)
    await once(raw, 'close')
    const idle = await new Client(port).open()
    expect((await once(idle.socket, 'close'))[0]).toBe(1001)
  })

  it('stops the upstream when the client goes', async () => {
    let stopped = 0
    const hanging: Handler = () => new Observable(() => () => stopped++)
    const { port, detach } = await serve(hanging)
    const client = await new Client(port).open()
    client.send({ type: 'response.create', model: 'm', input: 'x' })
    const other = await new Client(port).open()
    other.send({ type: 'response.create', model: 'm', input: 'x' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    client.socket.terminate()
    await expect.poll(() => stopped).toBe(1)
    detach!()
    await expect.poll(() => stopped).toBe(2)
  })

  it('survives listeners of the host that throw, and says that the response is broken', async () => {
    const { provider } = await vendorBehind()
    const { server, port } = await serve(provider)
    const client = await new Client(port).open()
    const [listener] = server.listeners('request') as [(...given: unknown[]) => void]
    server.removeAllListeners('request')
    server.on('request', () => {
      throw new Error('a fault of the host')
    })
    expect(await client.ask({ input: 'hi' })).toMatchObject({ type: 'error', status: 502 })
    expect(await refusal(new Client(port).socket)).toBe(500)
    server.removeAllListeners('request')
    server.on('request', listener)
    expect((await client.ask({ input: 'hi' })).type).toBe('response.completed')
  })

  it('says 426 where none is attached', async () => {
    const { provider } = await vendorBehind()
    const { port } = await serve(provider, false)
    const headers = { authorization: 'Bearer good', connection: 'Upgrade', upgrade: 'websocket' }
    const asked = request({ port, path: '/v1/responses', headers }).end()
    const [res] = (await once(asked, 'response')) as [import('node:http').IncomingMessage]
    expect([res.statusCode, res.headers.upgrade]).toEqual([426, 'websocket'])
    res.resume()
  })

  it('refuses a set-up that cannot work', () => {
    const server = createServer()
    // @ts-expect-error no path
    expect(() => attachResponsesSocket(server)).toThrow(/takes the server first, then a path/)
    expect(() => attachResponsesSocket(server, '/x', { maxLanes: 0 })).toThrow(/maxLanes/)
  })

  it('hands the headers of the handshake on, but none of its own', async () => {
    const seen: Record<string, unknown>[] = []
    const { provider } = await vendorBehind()
    const looking: Handler = (call) => {
      seen.push(call.headers)
      return provider(call)
    }
    const { port } = await serve(looking)
    await (await new Client(port).open()).ask({ input: 'hi' })
    expect(seen[0]).toMatchObject({ authorization: 'Bearer good' })
    expect(Object.keys(seen[0]!).filter((name) => /upgrade|sec-websocket/.test(name))).toEqual([])
  })
})
