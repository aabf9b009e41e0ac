import { gzipSync } from 'node:zlib'
import { faultResponse, faultHead, faultStream, type Fault } from '@sluice/conformance'

import { describe, expect, it } from 'vitest'
import { faultGateway, type FaultGatewayOptions } from '../support/fault-gateway.ts'
import { turnWatch } from '../support/turn-watch.ts'
import { until } from '../support/until.ts'

const says = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Fault => {
  const text = JSON.stringify(body)
  return () => faultResponse(status, text, headers)
}
const failure = (more: object) => ({ error: { message: 'Something went wrong.', ...more } })

const faults: Readonly<Record<string, Fault>> = {
  'no-choices': says(200, { id: 'x', object: 'chat.completion', choices: [] }),
  'iflow-449': says(200, { status: '449', msg: 'Too busy.', body: null }),
  'success-false': says(200, { success: false, message: 'No.' }),
  'anthropic-style': says(529, {
    type: 'error',
    error: { type: 'overloaded_error', message: 'Overloaded.' },
  }),
  'gemini-style': says(429, [
    { error: { code: 429, message: 'Quota.', status: 'RESOURCE_EXHAUSTED' } },
  ]),
  'code-style': says(400, { code: '1300', message: 'The prompt is not allowed.' }),
  'quota-spent': says(429, failure({ code: 'insufficient_quota', type: 'insufficient_quota' })),
  'json-error-as-stream': () => faultStream([JSON.stringify(failure({ type: 'server_error' }))]),
  'html-as-stream': () => faultStream(['<!doctype html><html><body>busy</body></html>']),
  'not-json-first': () => faultStream(['data: {"choices": [\n\n']),
  'only-comments': () => faultStream([': one\n\n', ': two\n\n']),
  'switching-protocols': () => [
    { do: 'send', bytes: faultHead(101, { upgrade: 'websocket', connection: 'upgrade' }) },
    { do: 'half-close' },
  ],
  'no-http': () => [{ do: 'send', bytes: 'SSH-2.0-OpenSSH_9.2\r\n' }, { do: 'half-close' }],
  'length-and-chunks': (_request, sample) => [
    {
      do: 'send',
      bytes: `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${sample.document}`,
    },
    { do: 'half-close' },
  ],
  'line-feed-in-header': (_request, sample) => [
    {
      do: 'send',
      bytes: `HTTP/1.1 200 OK\r\nx-model: a\rset-cookie: b=c\r\n\r\n${sample.document}`,
    },
    { do: 'half-close' },
  ],
}

/**
 * What the vendor does, the status and code that the client gets, and whether only one of the two
 * kinds of call is meant.
 */
const refusals: readonly (readonly [
  fault: string,
  status: number,
  code: string,
  only?: 'streamed' | 'whole',
])[] = [
  ['reset-before-head', 502, 'upstream_unreachable'],
  ['half-close-before-head', 502, 'upstream_unreachable'],
  ['no-http', 502, 'upstream_unreachable'],
  ['switching-protocols', 502, 'upstream_unreachable'],
  ['rate-limited', 429, 'rate_limit_exceeded'],
  ['quota-spent', 429, 'insufficient_quota'],
  ['gemini-style', 429, 'rate_limit_exceeded'],
  ['iflow-449', 429, 'rate_limit_exceeded'],
  ['status-401', 502, 'upstream_auth_error'],
  ['status-403', 502, 'upstream_auth_error'],
  ['status-400', 400, 'invalid_request_error'],
  ['code-style', 400, 'invalid_request_error'],
  ['status-404', 404, 'not_found'],
  ['status-413', 413, 'request_too_large'],
  ['status-422', 422, 'invalid_request_error'],
  ['status-500', 500, 'upstream_error'],
  ['status-502', 502, 'upstream_error'],
  ['status-503', 503, 'upstream_unavailable'],
  ['status-504', 504, 'upstream_timeout'],
  ['status-529', 503, 'upstream_unavailable'],
  ['anthropic-style', 503, 'upstream_unavailable'],
  ['error-in-200', 500, 'upstream_error'],
  ['success-false', 502, 'upstream_error'],
  ['html', 502, 'upstream_invalid_response'],
  ['html-502', 502, 'upstream_error'],
  ['empty', 502, 'upstream_empty_response'],
  ['empty-object', 502, 'upstream_empty_response'],
  ['no-choices', 502, 'upstream_empty_response'],
  ['truncated-json', 502, 'upstream_invalid_response'],
  ['content-length-too-long', 502, 'upstream_unreachable'],
  ['content-length-too-short', 502, 'upstream_invalid_response'],
  ['content-length-twice', 502, 'upstream_unreachable'],
  ['length-and-chunks', 502, 'upstream_unreachable'],
  ['line-feed-in-header', 502, 'upstream_unreachable'],
  ['header-too-large', 502, 'upstream_unreachable'],
  ['redirect', 502, 'upstream_invalid_response'],
  ['gzip-that-is-none', 502, 'upstream_invalid_response'],
  ['reset-mid-answer', 502, 'upstream_unreachable', 'whole'],
  ['half-close-mid-answer', 502, 'upstream_unreachable', 'whole'],
  ['error-mid-stream', 500, 'upstream_error', 'whole'],
  ['empty-stream', 502, 'upstream_empty_response'],
  ['only-comments', 502, 'upstream_empty_stream'],
  ['only-the-end', 502, 'upstream_empty_stream'],
  ['error-first', 429, 'rate_limit_exceeded'],
  ['json-error-as-stream', 500, 'upstream_error'],
  ['html-as-stream', 502, 'upstream_invalid_response'],
  ['not-json-first', 502, 'upstream_invalid_response'],
]

const ways = [
  { way: 'streamed', cached: false, stream: true },
  { way: 'whole', cached: false, stream: false },
  { way: 'streamed, behind a cache', cached: true, stream: true },
  { way: 'whole, behind a cache', cached: true, stream: false },
]

describe.each(ways)('an upstream that fails before the first byte ($way)', ({ cached, stream }) => {
  it.each(
    refusals.filter(([, , , only]) => only === undefined || (only === 'streamed') === stream),
  )('answers %s with %i %s', async (fault, status, code) => {
    await using gateway = await faultGateway({ faults, cached })
    // Twice: a failure is never kept, and the connection after it is a good one.
    for (const asked of [1, 2]) {
      const got = await gateway.chat(`fault:${fault}`, { stream })
      expect([got.status, got.error?.code, got.isWhole]).toEqual([status, code, true])
      expect(got.headers['content-type']).toMatch(/^application\/json/)
      expect(got.headers['x-request-id']).toMatch(/^req_/)
      expect(gateway.vendor.requests).toHaveLength(asked)
    }
    expect(await gateway.chat('fault:ok', { stream })).toMatchObject({
      status: 200,
      said: 'Hello from a vendor 🌍.',
    })
  })

  it('answers a refused connection with 502, and recovers with the vendor', async () => {
    await using gateway = await faultGateway({ cached })
    gateway.vendor.refuse()
    const refused = await gateway.chat('any', { stream })
    expect([refused.status, refused.error?.code]).toEqual([502, 'upstream_unreachable'])
    expect(refused.text).not.toMatch(/127\.0\.0\.1|ECONN/)
    await gateway.vendor.accept()
    expect((await gateway.chat('any', { stream })).status).toBe(200)
  })

  it.each([
    ['never takes the greeting', { connectMs: 60 }, 'tls', 502, 'upstream_unreachable'],
    ['says nothing', { headersMs: 60, totalMs: 60 }, 'stall-before-head', 504, 'upstream_timeout'],
    [
      'says nothing behind its head',
      { firstTokenMs: 60, totalMs: 60 },
      'stall-after-head',
      504,
      'upstream_timeout',
    ],
  ])('gives up on a vendor that %s', async (_name, timeouts, fault, status, code) => {
    await using gateway = await faultGateway({
      cached,
      provider: { timeouts },
      tls: fault === 'tls',
    })
    const got = await gateway.chat(`fault:${fault}`, { stream })
    expect([got.status, got.error?.code]).toEqual([status, code])
  })

  it('reads no more of an answer than allowed', async () => {
    const flood: Fault = () => [
      {
        do: 'send',
        bytes: faultHead(200, {
          'content-type': 'application/json',
          'content-length': '209715200',
        }),
      },
      { do: 'send', bytes: `{"choices":"${'x'.repeat(1024 * 1024)}`, times: 200 },
    ]
    await using gateway = await faultGateway({
      cached,
      faults: { flood },
      provider: { maxResponseBytes: 1_000_000 },
    })
    const got = await gateway.chat('fault:flood', { stream })
    expect([got.status, got.error?.code]).toEqual([502, 'upstream_invalid_response'])
    await gateway.vendor.requests[0]!.closed
    expect(gateway.vendor.requests[0]!.bytesSent).toBeLessThan(40 * 1024 * 1024)
  })
})

describe('a vendor that sends a bomb', () => {
  it.each([true, false])('is cut off where compression hides it (streamed: %s)', async (stream) => {
    const packed = gzipSync(`{"choices":"${'x'.repeat(64 * 1024 * 1024)}"}`)
    const bomb: Fault = () => faultResponse(200, packed, { 'content-encoding': 'gzip' })
    await using gateway = await faultGateway({
      faults: { bomb },
      provider: { maxResponseBytes: 1_000_000 },
    })
    const watch = turnWatch()
    const got = await gateway.chat('fault:bomb', { stream })
    expect(watch.stop()).toBeLessThan(100)
    expect([got.status, got.error?.code]).toEqual([502, 'upstream_invalid_response'])
  })
})

describe('a vendor that is odd, but not wrong', () => {
  it.each(ways)('is understood ($way)', async ({ cached, stream }) => {
    const odd = [
      'interim-flood',
      'gzip',
      'wrong-content-type',
      'json-for-stream',
      'stream-for-json',
    ]
    await using gateway = await faultGateway({ cached })
    for (const fault of odd) {
      const got = await gateway.chat(`fault:${fault}`, { stream })
      expect([fault, got.status, got.said]).toEqual([fault, 200, 'Hello from a vendor 🌍.'])
      expect(got.headers['content-type']).toMatch(
        stream ? /^text\/event-stream/ : /^application\/json/,
      )
      expect(got.events.at(-1)).toBe(stream ? '[DONE]' : undefined)
    }
  })

  it('needs no usage', async () => {
    const silent: Fault = (_request, sample) =>
      faultResponse(200, JSON.stringify({ ...JSON.parse(sample.document), usage: undefined }))
    await using gateway = await faultGateway({ faults: { silent } })
    expect(await gateway.chat('fault:silent')).toMatchObject({
      status: 200,
      said: 'Hello from a vendor 🌍.',
    })
  })
})

describe('a connection that is used again', () => {
  it('costs nothing where the vendor closed it meanwhile', async () => {
    const leaves: Fault = (_request, { document }) => [
      ...faultResponse(200, document),
      { do: 'wait', ms: 2 },
      { do: 'reset' },
    ]
    await using gateway = await faultGateway({ faults: { leaves } })
    for (let call = 1; call <= 5; call++) {
      expect((await gateway.chat('fault:leaves')).status).toBe(200)
      await until(() => gateway.vendor.openSockets === 0)
      expect(gateway.vendor.requests).toHaveLength(call)
    }
  })

  it.each([
    ['at once', 0],
    ['while nobody waits for one', 10],
  ])('is given up where a second answer comes on it %s', async (_name, ms) => {
    const poisons: Fault = (_request, { document }) => [
      ...faultResponse(200, document),
      { do: 'wait', ms },
      ...faultResponse(200, document.replace('Hello', 'Poison')),
    ]
    await using gateway = await faultGateway({ faults: { poisons } })
    for (let round = 0; round < 3; round++) {
      expect((await gateway.chat('fault:poisons')).said).toBe('Hello from a vendor 🌍.')
      expect(await until(() => gateway.vendor.openSockets === 0)).toBe(true)
      expect((await gateway.chat('fault:ok')).said).toBe('Hello from a vendor 🌍.')
    }
  })
})

describe('asking again', () => {
  const unhurried: FaultGatewayOptions['routing'] = {
    retries: 2,
    backoffMs: 1,
    retryBudgetRatio: 1,
  }

  it('is done where the failure allows it, and counted in the answer', async () => {
    await using gateway = await faultGateway({ routing: unhurried })
    gateway.vendor.queue(
      () => [{ do: 'reset' }],
      () => faultResponse(503, '{}'),
    )
    const got = await gateway.chat('any')
    expect([got.status, got.headers['x-sluice-attempts'], gateway.vendor.requests.length]).toEqual([
      200,
      '3',
      3,
    ])
    expect(gateway.ended).toBe(1)
  })

  it('has an end', async () => {
    await using gateway = await faultGateway({ routing: unhurried })
    expect((await gateway.chat('fault:status-500', { stream: true })).status).toBe(500)
    expect(gateway.vendor.requests).toHaveLength(3)
  })

  it.each(['status-400', 'status-401', 'status-404', 'status-422', 'quota-spent'])(
    'is not done for %s',
    async (fault) => {
      await using gateway = await faultGateway({ faults, routing: unhurried })
      await gateway.chat(`fault:${fault}`)
      expect(gateway.vendor.requests).toHaveLength(1)
    },
  )

  it('never happens after the first byte', async () => {
    await using gateway = await faultGateway({ routing: unhurried })
    const got = await gateway.chat('fault:reset-mid-answer', { stream: true })
    expect([got.status, got.error?.code, gateway.vendor.requests.length]).toEqual([
      200,
      'stream_incomplete',
      1,
    ])
  })

  it.each(['-5', '99999', 'Wed, 21 Oct 2015 07:28:00 GMT', 'soon'])(
    'waits no longer than is bearable for retry-after: %s',
    async (after) => {
      await using gateway = await faultGateway({ routing: unhurried })
      gateway.vendor.queue(() =>
        faultResponse(429, '{}', { 'retry-after': after, 'retry-after-ms': 'x' }),
      )
      const asked = performance.now()
      const got = await gateway.chat('any')
      expect(performance.now() - asked).toBeLessThan(1500)
      expect([200, 429]).toContain(got.status)
      expect(Number(got.headers['retry-after'] ?? 0)).toBeGreaterThanOrEqual(0)
      if (got.status === 429) expect(got.headers['x-should-retry']).toBe('false')
    },
  )

  it('stops while the breaker is open, and says when to come back', async () => {
    await using gateway = await faultGateway({
      routing: { circuitBreaker: { minimumCalls: 2, cooldownMs: 5000 } },
    })
    for (let call = 0; call < 2; call++) await gateway.chat('fault:status-500')
    const got = await gateway.chat('fault:ok')
    expect([got.status, got.error?.code]).toEqual([503, 'upstream_unavailable'])
    expect(Number(got.headers['retry-after-ms'])).toBeGreaterThan(0)
    expect(gateway.vendor.requests).toHaveLength(2)
  })
})
