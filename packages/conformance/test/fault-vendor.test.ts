import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  faultResponse,
  faults,
  faultVendor,
  faultStream,
  type Fault,
  type FaultVendor,
  type FaultVendorOptions,
} from '../src/index.ts'

let vendor: FaultVendor
afterEach(() => vendor.close())
async function start(options: FaultVendorOptions = {}): Promise<FaultVendor> {
  vendor = await faultVendor(options)
  return vendor
}

const ask = (
  body: object = {},
  headers: Readonly<Record<string, string>> = {},
  path = '/v1/chat/completions',
) => fetch(vendor.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
const errorCode = (error: unknown): unknown => (error as { cause?: { code?: string } }).cause?.code

describe('faultVendor', () => {
  it('answers well unless told otherwise, streamed or whole as asked', async () => {
    await start()
    const whole = (await (await ask()).json()) as { choices: { message: { content: string } }[] }
    expect(whole.choices[0]!.message.content).toBe('Hello from a vendor 🌍.')
    const streamed = await (await ask({ stream: true })).text()
    expect(streamed).toMatch(/^data: \{/)
    expect(streamed).toMatch(/data: \[DONE\]\n\n$/)
  })

  it('remembers what it was asked and what it sent', async () => {
    await start()
    const response = await ask(
      { model: 'm', note: '世界' },
      { 'X-Mixed-Case': 'Yes' },
      '/any/path?query=1',
    )
    const length = Number(response.headers.get('content-length'))
    await response.text()
    const [request] = vendor.requests
    expect(request).toMatchObject({
      method: 'POST',
      path: '/any/path?query=1',
      json: { model: 'm', note: '世界' },
      fault: 'ok',
    })
    expect(request!.headers['x-mixed-case']).toBe('Yes')
    expect(request!.bytesSent).toBeGreaterThan(length)
  })

  it('chooses by header, then by model in body or path, then by queue, then by fallback', async () => {
    await start({ fallback: 'status-418' })
    vendor.queue(() => faultResponse(202, '{}'))
    expect((await ask({ model: 'fault:status-503' }, { 'x-fault': 'status-404' })).status).toBe(404)
    expect((await ask({ model: 'fault:status-503' })).status).toBe(503)
    expect((await ask({}, {}, '/v1beta/models/fault%3Astatus-429:generateContent')).status).toBe(
      429,
    )
    expect((await ask()).status).toBe(202)
    expect((await ask()).status).toBe(418)
    expect(vendor.requests.map(({ fault }) => fault)).toEqual([
      'status-404',
      'status-503',
      'status-429',
      'scripted',
      'status-418',
    ])
  })

  it('knows faults of your own, and says which there are where a name is not known', async () => {
    await start({ faults: { teapot: () => faultResponse(418, '"short and stout"') } })
    expect(await (await ask({}, { 'x-fault': 'teapot' })).json()).toBe('short and stout')
    const unknown = await ask({}, { 'x-fault': 'no-such' })
    expect(unknown.status).toBe(500)
    expect(await unknown.text()).toMatch(
      /no fault named no-such; there are: .*reset-mid-answer.*teapot/,
    )
  })

  it('refuses an option that it does not know', async () => {
    await start()
    await expect(faultVendor({ fault: 'ok' } as FaultVendorOptions)).rejects.toThrow(
      /no option `fault`/,
    )
  })

  it('hands out its requests in order and waits for the next', async () => {
    await start()
    const second = vendor.next().then(() => vendor.next())
    await ask({ n: 1 })
    await ask({ n: 2 })
    expect((await second).json).toEqual({ n: 2 })
  })

  it('serves several requests on one connection', async () => {
    await start()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (const n of [1, 2]) {
      const req = httpRequest(vendor.url, { method: 'POST', agent }).end(JSON.stringify({ n }))
      const [res] = (await once(req, 'response')) as [IncomingMessage]
      res.resume()
      await once(res, 'end')
    }
    expect(vendor.openSockets).toBe(1)
    expect(vendor.requests.map(({ json }) => json)).toEqual([{ n: 1 }, { n: 2 }])
    agent.destroy()
  })

  it('puts a body together that comes in chunks and in pieces', async () => {
    await start()
    const socket = connect(Number(new URL(vendor.url).port), '127.0.0.1')
    const text =
      'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n'
    for (const character of text) {
      socket.write(character)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await vendor.next()).json).toEqual({ a: 1 })
    socket.destroy()
  })

  it('cuts what it writes into single bytes', async () => {
    await start()
    const socket = connect(Number(new URL(vendor.url).port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nx-fault: one-byte-at-a-time\r\ncontent-length: 0\r\n\r\n')
    const sizes: number[] = []
    let text = ''
    for await (const bytes of socket as AsyncIterable<Buffer>) {
      sizes.push(bytes.length)
      text += bytes.toString('latin1')
      if (text.endsWith('\r\n0\r\n\r\n')) break
    }
    const total = text.length
    expect(total).toBe(vendor.requests[0]!.bytesSent)
    expect(sizes.length).toBeGreaterThan(total / 10)
  })

  it('refuses connections and accepts them again at the same address', async () => {
    await start()
    const { url } = vendor
    vendor.refuse()
    await expect(ask()).rejects.toSatisfy((error) => errorCode(error) === 'ECONNREFUSED')
    await vendor.accept()
    expect(vendor.url).toBe(url)
    expect((await ask()).status).toBe(200)
  })

  it('waits for what a test tells it to wait for', async () => {
    await start()
    let go = () => {}
    const until = new Promise<void>((resolve) => {
      go = resolve
    })
    vendor.queue(() =>
      faultStream(['data: 1\n\n', 'data: 2\n\n'], { between: { do: 'wait', until } }),
    )
    const reader = (await ask()).body!.getReader()
    expect(Buffer.from((await reader.read()).value).toString()).toBe('data: 1\n\n')
    go()
    expect(Buffer.from((await reader.read()).value).toString()).toBe('data: 2\n\n')
  })

  it.each([
    'stall-before-head',
    'stall-after-head',
    'stall-mid-answer',
    'endless-line',
    'comment-flood',
  ])('sees the client leave in the middle of %s', async (fault) => {
    await start()
    const abort = new AbortController()
    const asked = fetch(vendor.url, {
      method: 'POST',
      body: '{"stream":true}',
      headers: { 'x-fault': fault },
      signal: abort.signal,
    })
    const request = await vendor.next()
    const leftAtMs = performance.now()
    abort.abort()
    await asked.catch(() => {})
    await request.closed
    expect(request.closedAtMs).toBeGreaterThanOrEqual(leftAtMs)
    expect(request.bytesSent).toBeLessThan(110 * 1024 * 1024)
  })

  it('waits for a slow client instead of keeping a hundred megabytes for it', async () => {
    await start()
    const socket = connect(Number(new URL(vendor.url).port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nx-fault: endless-line\r\ncontent-length: 0\r\n\r\n')
    const request = await vendor.next()
    let before = -1
    while (before !== request.bytesSent) {
      before = request.bytesSent
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(request.bytesSent).toBeLessThan(64 * 1024 * 1024)
    let got = 0
    for await (const bytes of socket) got += (bytes as Buffer).length
    expect(got).toBe(request.bytesSent)
    expect(got).toBeGreaterThan(100 * 1024 * 1024)
  })

  it('leaves nothing behind when it is closed, whatever was under way', async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((one) => /^TCP(Server|Socket)/.test(one)).length
    const before = sockets()
    await start()
    const asked = ['stall-before-head', 'stall-mid-answer', 'endless-line'].map((fault) =>
      ask({ stream: true }, { 'x-fault': fault }).then((response) => response.text()),
    )
    const failed = Promise.allSettled(asked)
    await vendor
      .next()
      .then(() => vendor.next())
      .then(() => vendor.next())
    await vendor.close()
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(vendor.openSockets).toBe(0)
    await expect(ask()).rejects.toSatisfy((error) => errorCode(error) === 'ECONNREFUSED')
    expect(sockets()).toBeLessThanOrEqual(before)
  })
})

const broken = 'broken'
type Outcome = { readonly status: number; readonly body: RegExp } | typeof broken
const answers: Readonly<Record<string, readonly [whole: Outcome, streamed: Outcome]>> = {
  ok: [
    { status: 200, body: /^\{.*\}$/ },
    { status: 200, body: /DONE/ },
  ],
  'reset-before-head': [broken, broken],
  'reset-mid-answer': [broken, broken],
  'half-close-before-head': [broken, broken],
  'half-close-mid-answer': [broken, broken],
  'end-mid-stream': [
    { status: 200, body: /^data(?![^]*DONE)/ },
    { status: 200, body: /^data(?![^]*DONE)/ },
  ],
  'content-length-too-long': [broken, broken],
  'content-length-twice': [broken, broken],
  'header-too-large': [broken, broken],
  'interim-flood': [
    { status: 200, body: /^\{.*\}$/ },
    { status: 200, body: /DONE/ },
  ],
  redirect: [
    { status: 307, body: /^$/ },
    { status: 307, body: /^$/ },
  ],
  empty: [
    { status: 200, body: /^$/ },
    { status: 200, body: /^$/ },
  ],
  html: [
    { status: 200, body: /^<html>/ },
    { status: 200, body: /^<html>/ },
  ],
  'html-502': [
    { status: 502, body: /^<html>/ },
    { status: 502, body: /^<html>/ },
  ],
  'truncated-json': [
    { status: 200, body: /^\{[^]*[^}]$/ },
    { status: 200, body: /^\{/ },
  ],
  gzip: [
    { status: 200, body: /^\{.*\}$/ },
    { status: 200, body: /DONE/ },
  ],
  'gzip-that-is-none': [broken, broken],
  'error-in-200': [
    { status: 200, body: /on fire/ },
    { status: 200, body: /on fire/ },
  ],
  'rate-limited': [
    { status: 429, body: /Slow down/ },
    { status: 429, body: /Slow down/ },
  ],
  'json-for-stream': [
    { status: 200, body: /^\{/ },
    { status: 200, body: /^\{/ },
  ],
  'stream-for-json': [
    { status: 200, body: /^data/ },
    { status: 200, body: /^data/ },
  ],
  'empty-stream': [
    { status: 200, body: /^$/ },
    { status: 200, body: /^$/ },
  ],
  'only-the-end': [
    { status: 200, body: /^data: \[DONE\]\n\n$/ },
    { status: 200, body: /^data: \[DONE\]\n\n$/ },
  ],
  'error-mid-stream': [
    { status: 200, body: /vendor[^]*on fire/ },
    { status: 200, body: /vendor[^]*on fire/ },
  ],
  'more-after-end': [
    { status: 200, body: /DONE[^]*DONE/ },
    { status: 200, body: /DONE[^]*DONE/ },
  ],
}

describe('faults', () => {
  it.each(Object.entries(answers))(
    '%s does what its name says',
    async (fault, [whole, streamed]) => {
      await start()
      for (const [outcome, body] of [
        [whole, {}],
        [streamed, { stream: true }],
      ] as const) {
        const asked = fetch(vendor.url, {
          method: 'POST',
          redirect: 'manual',
          headers: { 'x-fault': fault },
          body: JSON.stringify(body),
        }).then(async (response) => ({ status: response.status, body: await response.text() }))
        if (outcome === broken) await expect(asked).rejects.toThrow()
        else {
          const got = await asked
          expect(got.status).toBe(outcome.status)
          expect(got.body).toMatch(outcome.body)
        }
      }
    },
  )

  it('end for a client that gives up, each of them', async () => {
    await start()
    for (const fault of Object.keys(faults)) {
      const abort = new AbortController()
      const asked = fetch(vendor.url, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'x-fault': fault, connection: 'close' },
        body: '{"stream":true}',
        signal: abort.signal,
      })
      const request = await vendor.next()
      abort.abort()
      await asked.catch(() => {})
      await request.closed
      expect(request.fault).toBe(fault)
    }
  })

  it('close a connection that is ending and is to be reset', { timeout: 3000 }, async () => {
    await start({ faults: { both: () => [{ do: 'half-close' }, { do: 'reset' }] } })
    await expect(ask({}, { 'x-fault': 'both' })).rejects.toThrow()
    // What Node has not closed stays open for as long as its process, which then cannot end.
    while (vendor.openSockets > 0) await new Promise(setImmediate)
  })

  it('may be written by hand', async () => {
    await start()
    const handmade: Fault = ({ method }) =>
      faultResponse(200, JSON.stringify({ method }), { 'content-type': 'text/plain' })
    vendor.queue(handmade)
    const response = await ask()
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.json()).toEqual({ method: 'POST' })
  })
})
