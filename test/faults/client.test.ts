import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { faultStream, type Fault } from '@sluice/conformance'
import { describe, expect, it } from 'vitest'
import { CLIENT_KEY, faultGateway, messages, type FaultGateway } from '../support/fault-gateway.ts'
import { rawClient } from '../support/raw-client.ts'
import { socketWatch } from '../support/socket-watch.ts'
import { until } from '../support/until.ts'

const WHOLE = 'Hello from a vendor 🌍.'
/** A stream of `megabytes` in events of 16 KiB, as fast as it is taken. */
const flood =
  (megabytes: number): Fault =>
  (_request, { events }) => {
    const event = events[1]!.replace('Hello', 'x'.repeat(16_384 - events[1]!.length))
    const framed = `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`
    const ending = faultStream(events.slice(-3)).slice(1)
    return [
      ...faultStream(events.slice(0, 1), { finally: [] }),
      { do: 'send', bytes: framed, times: megabytes * 64 },
      ...ending,
    ]
  }

function requestText(model: string, params: object = { stream: true }): string {
  const body = JSON.stringify({ model, messages, ...params })
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${CLIENT_KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/**
 * Bytes of a socket that the kernel has not taken. Node counts a write as a whole until it is done;
 * libuv knows what is left of it.
 */
function heldFor(socket: Socket): number {
  const { _writableState: state, _handle: handle } = socket as Socket & {
    readonly _writableState: { readonly writelen: number }
    readonly _handle: { readonly writeQueueSize: number } | null
  }
  return socket.writableLength - state.writelen + (handle?.writeQueueSize ?? 0)
}

/** Asks, and leaves when told to. */
function leaver(gateway: FaultGateway, model: string, params: object = { stream: true }) {
  const controller = new AbortController()
  const spoke = Promise.withResolvers<void>()
  const over = gateway
    .chat(model, params, {
      signal: controller.signal,
      onData: (text) => text !== '' && spoke.resolve(),
    })
    .then(
      () => {},
      () => {},
    )
  return { leave: () => controller.abort(), spoke: spoke.promise, over }
}

describe.each([
  { cache: 'without a cache', cached: false },
  { cache: 'behind a cache', cached: true },
])('a client that leaves, $cache', ({ cached }) => {
  it('while it waits in the queue is never sent upstream, and keeps nobody else from it', async () => {
    await using gateway = await faultGateway({ cached, target: { maxConcurrent: 1 } })
    const busy = leaver(gateway, 'fault:stall-mid-answer')
    await busy.spoke
    const queued = leaver(gateway, 'fault:slow')
    await until(() => gateway.leases === 2)
    const behind = gateway.chat('fault:ok', { stream: true })
    await until(() => gateway.leases === 3)
    queued.leave()
    expect(await until(() => gateway.leases === 2)).toBe(true)
    busy.leave()
    expect((await behind).said).toBe(WHOLE)
    expect(gateway.vendor.requests.map((request) => request.fault)).toEqual([
      'stall-mid-answer',
      'ok',
    ])
  })

  it('while the connection is made takes the connection with it', async () => {
    await using gateway = await faultGateway({ cached, tls: true })
    const client = leaver(gateway, 'any')
    expect(await until(() => gateway.vendor.openSockets === 1)).toBe(true)
    client.leave()
    expect(await until(() => gateway.vendor.openSockets === 0, 100)).toBe(true)
  })

  it.each([
    ['before the vendor answers', 'stall-before-head', true],
    ['before the first word', 'stall-after-head', true],
    ['in the middle of a stream', 'stall-mid-answer', true],
    ['before a whole answer', 'stall-before-head', false],
    ['in the middle of a whole answer', 'stall-mid-answer', false],
  ])('%s closes the upstream within 100 ms', async (_name, fault, streamed) => {
    await using gateway = await faultGateway({ cached })
    const client = leaver(gateway, `fault:${fault}`, { stream: streamed })
    const request = await gateway.vendor.next()
    if (streamed && fault === 'stall-mid-answer') await client.spoke
    else await setTimeout(20)
    const left = performance.now()
    client.leave()
    await request.closed
    expect(performance.now() - left).toBeLessThan(100)
    await client.over
    expect(gateway.vendor.requests).toHaveLength(1)
  })

  it('while the router waits to ask again ends the waiting', async () => {
    const routing = { retries: 2, backoffMs: 60_000, maxRetryDelayMs: 60_000, random: () => 0.9 }
    await using gateway = await faultGateway({ cached, routing })
    const client = leaver(gateway, 'fault:status-503')
    await gateway.vendor.next()
    await setTimeout(30)
    client.leave()
    await client.over
    expect(await until(() => gateway.leases === 0, 100)).toBe(true)
    expect(gateway.vendor.requests).toHaveLength(1)
  })

  it('gives its permit back, so that as many may come again', async () => {
    await using gateway = await faultGateway({ cached, concurrency: 4 })
    for (let round = 0; round < 3; round++) {
      const clients = [0, 1, 2, 3].map((user) =>
        leaver(gateway, 'fault:stall-mid-answer', { stream: true, user: `u${user}` }),
      )
      await Promise.all(clients.map((client) => client.spoke))
      const refused = await gateway.chat('fault:ok')
      expect([refused.status, refused.error?.type]).toEqual([429, 'concurrency'])
      for (const client of clients) client.leave()
      expect(await until(() => gateway.leases === 0)).toBe(true)
    }
    expect((await gateway.chat('fault:ok')).status).toBe(200)
  })

  it('does not speak against the vendor, however often', async () => {
    await using gateway = await faultGateway({
      cached,
      routing: { circuitBreaker: { minimumCalls: 4 } },
    })
    for (let times = 0; times < 30; times++) {
      const client = leaver(
        gateway,
        times % 2 === 0 ? 'fault:stall-mid-answer' : 'fault:stall-after-head',
      )
      await gateway.vendor.next()
      if (times % 2 === 0) await client.spoke
      client.leave()
      await client.over
    }
    await until(() => gateway.leases === 0)
    expect((await gateway.chat('fault:ok')).status).toBe(200)
  })

  it('does so five hundred times at once without a trace', async () => {
    await using gateway = await faultGateway({ cached })
    const models = [
      'fault:slow',
      'fault:stall-mid-answer',
      'fault:stall-after-head',
      'fault:ok',
      'fault:stall-before-head',
    ]
    const clients = Array.from({ length: 500 }, async (_none, at) => {
      const client = leaver(gateway, models[at % models.length]!, { stream: true, user: `u${at}` })
      await setTimeout((at * 7) % 120)
      client.leave()
      await client.over
    })
    await Promise.all(clients)
    expect(await until(() => gateway.leases === 0 && gateway.vendor.openSockets <= 100)).toBe(true)
    expect((await gateway.chat('fault:ok', { stream: true })).said).toBe(WHOLE)
  })
})

describe('a client that leaves two at a time', () => {
  it('lets the other one have its answer from the shared request, which stops with the last', async () => {
    await using gateway = await faultGateway({ cached: true })
    const first = leaver(gateway, 'fault:slow')
    await first.spoke
    const second = gateway.chat('fault:slow', { stream: true })
    await until(() => gateway.leases === 2)
    first.leave()
    expect(await second).toMatchObject({ said: WHOLE, status: 200 })
    const clients = [1, 2].map(() => leaver(gateway, 'fault:stall-mid-answer'))
    await Promise.all(clients.map((client) => client.spoke))
    expect(gateway.vendor.requests).toHaveLength(2)
    for (const client of clients) client.leave()
    await gateway.vendor.requests[1]!.closed
  })
})

describe('a client that reads nothing', () => {
  it.each([
    { cache: 'without a cache', cached: false },
    { cache: 'behind a cache', cached: true },
  ])(
    'makes the vendor wait, with 256 KiB held at most, and is cut off in the end, $cache',
    async ({ cached }) => {
      using watch = socketWatch()
      await using gateway = await faultGateway({
        cached,
        faults: { flood: flood(64) },
        http: { writeTimeoutMs: 600 },
      })
      using client = rawClient(gateway.port)
      client.socket.pause()
      client.write(requestText('fault:flood'))
      const request = await gateway.vendor.next()
      const upstream = watch.opened.find(
        (socket) => String(socket.remotePort) === new URL(gateway.vendor.url).port,
      )!
      const downstream = watch.accepted.find((socket) => socket.localPort === gateway.port)!
      expect(await until(() => downstream.writableLength > 0)).toBe(true)
      let [taken, sinceMs] = [-1, 0]
      const isStill = () => {
        if (upstream.bytesRead !== taken) [taken, sinceMs] = [upstream.bytesRead, performance.now()]
        return performance.now() - sinceMs > 100
      }
      expect(await until(isStill), 'the vendor is made to wait').toBe(true)
      const held = upstream.bytesRead - (downstream.bytesWritten - heldFor(downstream))
      expect(held).toBeLessThan(256 * 1024)
      await request.closed
      expect(request.bytesSent).toBeLessThan(48 * 1024 * 1024)
      expect(await until(() => gateway.leases === 0 && downstream.destroyed, 100)).toBe(true)
    },
  )

  it('and then reads again gets all of it', async () => {
    await using gateway = await faultGateway({
      faults: { flood: flood(24) },
      http: { writeTimeoutMs: 5000 },
    })
    using client = rawClient(gateway.port)
    client.socket.pause()
    client.write(requestText('fault:flood'))
    await gateway.vendor.next()
    await setTimeout(150)
    client.socket.resume()
    expect(await until(() => client.received.endsWith('data: [DONE]\n\n\r\n0\r\n\r\n'), 8000)).toBe(
      true,
    )
    expect(client.received.split('x'.repeat(1000)).length).toBeGreaterThan(24 * 64 * 15)
  })

  it('harms no other', async () => {
    await using gateway = await faultGateway({
      faults: { flood: flood(64) },
      http: { writeTimeoutMs: 400 },
    })
    const idlers = Array.from({ length: 20 }, () => rawClient(gateway.port))
    for (const idler of idlers) {
      idler.socket.pause()
      idler.write(requestText('fault:flood'))
    }
    await until(() => gateway.leases === 20)
    for (let call = 0; call < 5; call++)
      expect((await gateway.chat('fault:ok', { stream: true })).said).toBe(WHOLE)
    expect(await until(() => gateway.leases === 0, 8000)).toBe(true)
    for (const idler of idlers) idler[Symbol.dispose]()
  })
})

describe('a client with half a connection', () => {
  it('that has said all and closed its side leaves nothing behind', async () => {
    await using gateway = await faultGateway()
    using client = rawClient(gateway.port)
    client.socket.end(requestText('fault:slow'))
    await client.closed
    expect(await until(() => gateway.leases === 0)).toBe(true)
  })

  it('that breaks off while it sends its body is never sent upstream', async () => {
    await using gateway = await faultGateway()
    using client = rawClient(gateway.port)
    client.socket.write(requestText('fault:ok').slice(0, -20))
    await once(client.socket, 'connect')
    await setTimeout(30)
    client.socket.resetAndDestroy()
    await client.closed
    expect((await gateway.chat('fault:ok')).status).toBe(200)
    expect(gateway.vendor.requests).toHaveLength(1)
  })
})
