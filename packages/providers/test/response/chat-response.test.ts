import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { ApiError, call, createGate, type Batch } from '@sluice/core'
import type { ChatCompletionChunk, ChatCompletionCreateParams } from '@sluice/core/wire'
import { openaiCompatible, type Provider, type ProviderOptions } from '@sluice/providers'
import { firstValueFrom, lastValueFrom, tap, toArray, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../../sse-stream/test/fake-clock.ts'
import { completion, ending, stream, upstream, word } from '../upstream.ts'

const provider = (
  baseURL: string,
  options: Omit<ProviderOptions, 'id' | 'baseURL'> = {},
): Provider => openaiCompatible({ id: 'test', apiKey: 'sk-vendor-secret-key', ...options, baseURL })
const params: ChatCompletionCreateParams = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
}
const streamed = { ...params, stream: true }
const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()))
const failureOf = (source: Observable<unknown>): Promise<ApiError> =>
  all(source).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )
const chunksOf = (batches: Batch[]) =>
  batches.flatMap((batch) => batch.chunks() as ChatCompletionChunk[])
const said = (batches: Batch[]) => batches.map((batch) => batch.text()).join('')

describe('a chat answer', () => {
  it('sends the client’s own bytes on, with only what must change spliced in', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('x')).end(ending))
    const body =
      '{ "model" : "asked", "messages":[{"role":"user","content":"caf\\u00e9"}],"stream":true, "x_custom": 1.50 }'
    const parsed = JSON.parse(body) as ChatCompletionCreateParams
    await all(
      provider(up.url)(
        call('chat.completions', parsed, { body: Buffer.from(body), model: 'routed' }),
      ),
    )
    expect(up.requests[0]!.body).toBe(
      '{ "model" : "routed", "messages":[{"role":"user","content":"caf\\u00e9"}],"stream":true, "x_custom": 1.50 ,"stream_options":{"include_usage":true}}',
    )
    expect(up.requests[0]!.headers['authorization']).toBe('Bearer sk-vendor-secret-key')
  })

  it.each([
    ['a key twice', '{"model":"a","model":"b","messages":[]}'],
    ['an escaped key', '{"mod\\u0065l":"b","messages":[]}'],
  ])('writes its own body where the client’s has %s', async (_name, body) => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const parsed = JSON.parse(body) as ChatCompletionCreateParams
    await all(provider(up.url)(call('chat.completions', parsed, { body: Buffer.from(body) })))
    expect(up.requests[0]!.body).toBe('{"model":"b","messages":[]}')
  })

  it('gives a whole answer whole, and says what it cost', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const [batch] = await all(provider(up.url)(call('chat.completions', params)))
    expect([batch!.framing, batch!.document(), batch!.usage]).toEqual([
      'document',
      completion,
      completion.usage,
    ])
  })

  it('makes a stream of a whole answer, and a whole answer of a stream', async () => {
    await using json = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const batches = await all(provider(json.url)(call('chat.completions', streamed)))
    expect([said(batches), chunksOf(batches).at(-1)!.choices[0]!.finish_reason]).toEqual([
      'hello',
      'stop',
    ])
    await using sse = await upstream(
      (_req, res) => void stream(res, word('a'), word('b')).end(ending),
    )
    const [whole] = await all(provider(sse.url)(call('chat.completions', params)))
    expect(whole!.document()).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'ab' } }],
      usage: { total_tokens: 3 },
    })
  })

  it('undoes compression that nobody asked for', async () => {
    await using up = await upstream((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      res.end(gzipSync(word('a') + ending))
    })
    expect(said(await all(provider(up.url)(call('chat.completions', streamed))))).toBe('a')
  })

  const refusals: [string, number, Record<string, string>, string, number, string][] = [
    [
      'HTML',
      200,
      { 'content-type': 'text/html' },
      '<html></html>',
      502,
      'upstream_invalid_response',
    ],
    ['nothing', 200, {}, '', 502, 'upstream_empty_response'],
    ['blank lines', 200, {}, ' \n\n', 502, 'upstream_empty_response'],
    ['an object without choices', 200, {}, '{}', 502, 'upstream_empty_response'],
    ['no choices', 200, {}, '{"id":"x","choices":[]}', 502, 'upstream_empty_response'],
    [
      'half of an answer',
      200,
      {},
      JSON.stringify(completion).slice(0, 40),
      502,
      'upstream_invalid_response',
    ],
    [
      'an error in a 200',
      200,
      {},
      '{"error":{"message":"slow down","code":"rate_limit_exceeded"}}',
      429,
      'rate_limit_exceeded',
    ],
    [
      'an unknown error in a 200',
      200,
      {},
      '{"success":false,"message":"no"}',
      502,
      'upstream_error',
    ],
    [
      'iFlow’s error in a 200',
      200,
      {},
      '{"status":"449","msg":"busy","body":null}',
      429,
      'rate_limit_exceeded',
    ],
    [
      'a redirect',
      302,
      { location: 'http://169.254.169.254/' },
      '',
      502,
      'upstream_invalid_response',
    ],
    [
      'an unknown compression',
      200,
      { 'content-encoding': 'zz' },
      'x',
      502,
      'upstream_invalid_response',
    ],
    [
      'broken compression',
      200,
      { 'content-encoding': 'gzip' },
      'not gzip',
      502,
      'upstream_invalid_response',
    ],
    ['400', 400, {}, '{"error":{"message":"bad","param":"n","code":"bad_n"}}', 400, 'bad_n'],
    [
      '401',
      401,
      {},
      '{"error":{"message":"key sk-vendor-secret-key is wrong"}}',
      502,
      'upstream_auth_error',
    ],
    ['403', 403, {}, '{}', 502, 'upstream_auth_error'],
    [
      '404',
      404,
      {},
      '{"error":{"message":"no such model","code":"model_not_found"}}',
      404,
      'model_not_found',
    ],
    ['413', 413, {}, '<html>', 413, 'request_too_large'],
    [
      '429',
      429,
      { 'retry-after': '7' },
      '[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]',
      429,
      'rate_limit_exceeded',
    ],
    [
      '500',
      500,
      {},
      '{"type":"error","error":{"type":"api_error","message":"oops"}}',
      500,
      'upstream_error',
    ],
    ['502 as HTML', 502, { 'content-type': 'text/html' }, '<html>', 502, 'upstream_error'],
    [
      '529',
      529,
      {},
      '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}',
      503,
      'upstream_unavailable',
    ],
  ]
  it.each(refusals)('turns %s into an error', async (_name, status, headers, body, shown, code) => {
    await using up = await upstream((_req, res) => res.writeHead(status, headers).end(body))
    for (const asked of [params, streamed]) {
      const error = await failureOf(provider(up.url)(call('chat.completions', asked)))
      expect([error.status, error.wireCode]).toEqual([shown, code])
      expect(JSON.stringify(error.toBody())).not.toContain('secret')
    }
  })

  it('keeps a vendor’s 401 where told to, still without the key', async () => {
    await using up = await upstream((_req, res) =>
      res.writeHead(401).end('{"error":{"message":"key sk-vendor-secret-key is wrong"}}'),
    )
    const error = await failureOf(
      provider(up.url, { exposeAuthErrors: true })(call('chat.completions', params)),
    )
    expect([error.status, error.message]).toEqual([401, 'key [redacted] is wrong'])
  })

  it.each([
    ['-5', undefined],
    ['99999', 3_600_000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['soon', undefined],
    ['7', 7000],
  ])('reads retry-after %s as %s ms', async (value, expected) => {
    await using up = await upstream((_req, res) =>
      res.writeHead(429, { 'retry-after': value }).end('{}'),
    )
    expect((await failureOf(provider(up.url)(call('chat.completions', params)))).retryAfterMs).toBe(
      expected,
    )
  })

  it('says so when nobody listens', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const error = await failureOf(
      provider(`http://127.0.0.1:${port}`)(call('chat.completions', params)),
    )
    expect([error.status, error.code, error.message.includes(String(port))]).toEqual([
      502,
      'upstream_unreachable',
      false,
    ])
  })

  it.each([
    ['before the first word', [], 'upstream_unreachable'],
    ['after it', [word('a')], 'stream_incomplete'],
  ])('tells a socket that dies %s', async (_name, frames, code) => {
    await using up = await upstream((_req, res) => {
      stream(res, ': hello\n\n', ...frames)
      setImmediate(() => res.socket!.resetAndDestroy())
    })
    expect((await failureOf(provider(up.url)(call('chat.completions', streamed)))).code).toBe(code)
  })

  it('ends well where the socket dies behind the last finish reason', async () => {
    await using up = await upstream(
      (_req, res) => void stream(res, word('a')).end(ending.split('\n\n')[0]! + '\n\n'),
    )
    expect(said(await all(provider(up.url)(call('chat.completions', streamed))))).toBe('a')
  })

  it('tells the usage at once where the connection stays open behind the end', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('a'), ending))
    // Time stands still, so that nothing is told because a wait is over.
    const clock = fakeClock()
    const told: string[] = []
    const done = lastValueFrom(
      provider(up.url, { clock })(call('chat.completions', streamed)).pipe(
        tap((batch) => told.push(batch.usage === undefined ? 'words' : 'usage')),
      ),
    )
    await expect.poll(() => told.at(-1)).toBe('usage')
    clock.advance(1000)
    await done
    expect(told.filter((one) => one === 'usage')).toHaveLength(1)
  })

  it('does not wait for a connection that stays open where the answer is put together of a stream', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('a'), word('b'), ending))
    const clock = fakeClock()
    const whole: Batch[] = []
    const done = all(
      provider(up.url, { clock })(call('chat.completions', params)).pipe(
        tap((one) => whole.push(one)),
      ),
    )
    // So little that no limit of a whole answer is reached.
    await expect.poll(() => (clock.advance(50), whole.length)).toBe(1)
    await done
    expect(whole[0]!.document()).toMatchObject({
      choices: [{ message: { content: 'ab' } }],
      usage: { total_tokens: 3 },
    })
  })

  it('makes an error inside the stream a status while nothing was said, and a failure afterwards', async () => {
    const error = 'data: {"error":{"message":"slow down","code":"rate_limit_exceeded"}}\n\n'
    await using early = await upstream((_req, res) => void stream(res, error).end())
    expect((await failureOf(provider(early.url)(call('chat.completions', streamed)))).status).toBe(
      429,
    )
    await using late = await upstream((_req, res) => void stream(res, word('a'), error).end())
    const batches: Batch[] = []
    const failure = await new Promise((resolve) => {
      provider(late.url)(call('chat.completions', streamed)).subscribe({
        next: (batch) => batches.push(batch),
        error: resolve,
      })
    })
    expect([said(batches), (failure as ApiError).message]).toEqual(['a', 'slow down'])
  })

  it.each(['while it is silent', 'before it answers', 'in the middle'])(
    'closes the upstream when it is unsubscribed %s',
    async (when) => {
      const closed = Promise.withResolvers<void>()
      const asked = Promise.withResolvers<void>()
      await using up = await upstream((req, res) => {
        req.socket.on('close', () => closed.resolve())
        if (when !== 'before it answers')
          stream(res, when === 'in the middle' ? word('a') : ': hi\n\n')
        asked.resolve()
      })
      const one = call('chat.completions', streamed)
      const first = Promise.withResolvers<unknown>()
      const subscription = provider(up.url)(one).subscribe({
        next: first.resolve,
        error: first.reject,
      })
      await (when === 'in the middle' ? first.promise : asked.promise)
      const left = performance.now()
      subscription.unsubscribe()
      await closed.promise
      expect(performance.now() - left).toBeLessThan(100)
    },
  )

  it('closes a connection that is not made yet when it is unsubscribed', async () => {
    const closed = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    // It takes the connection and never answers the TLS greeting.
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('close', () => closed.resolve())
      socket.resume()
      opened.resolve()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const subscription = provider(`https://127.0.0.1:${port}`)(
      call('chat.completions', streamed),
    ).subscribe({
      error: () => {},
    })
    await opened.promise
    subscription.unsubscribe()
    await closed.promise
    server.close()
  })

  it('times each phase apart, by its own clock', async () => {
    const phases: [string, (res: import('node:http').ServerResponse) => void, number, string][] = [
      ['headers', () => {}, 60_000, 'upstream_timeout'],
      ['a sign of life', (res) => void stream(res, ': hi\n\n'), 120_000, 'upstream_timeout'],
      ['silence', (res) => void stream(res, word('a')), 120_000, 'stream_incomplete'],
    ]
    for (const [name, answer, limitMs, code] of phases) {
      const clock = fakeClock()
      const reached = Promise.withResolvers<void>()
      await using up = await upstream((_req, res) => {
        answer(res)
        reached.resolve()
      })
      const one = call('chat.completions', streamed)
      const failure = Promise.withResolvers<ApiError>()
      const spoke = Promise.withResolvers<void>()
      provider(up.url, { clock })(one).subscribe({
        next: () => spoke.resolve(),
        error: failure.resolve,
      })
      await reached.promise
      if (name === 'silence') await spoke.promise
      else await new Promise((resolve) => setTimeout(resolve, 30))
      clock.advance(limitMs - 1)
      expect([name, clock.pending]).toEqual([name, 1])
      clock.advance(1)
      expect([name, (await failure.promise).code, clock.pending]).toEqual([name, code, 0])
    }
  })

  it('reads no further while the gate is held, and goes on when it opens', async () => {
    let sent = 0
    const stalled = Promise.withResolvers<void>()
    await using up = await upstream((_req, res) => {
      stream(res)
      const pump = () => {
        for (;;) {
          sent += 65_536
          if (sent > 64 * 1024 * 1024) return void res.end(ending)
          if (!res.write(word('x'.repeat(65_000)))) break
        }
        const timer = setTimeout(stalled.resolve, 150)
        res.once('drain', () => {
          clearTimeout(timer)
          pump()
        })
      }
      pump()
    })
    const gate = createGate()
    let received = 0
    let release: (() => void) | undefined
    const done = new Promise<void>((resolve, reject) => {
      provider(up.url)(call('chat.completions', streamed, { gate })).subscribe({
        next: (batch) => {
          received += batch.bytes.length
          release ??= gate.hold()
        },
        complete: resolve,
        error: reject,
      })
    })
    await stalled.promise
    expect(received).toBeLessThan(256 * 1024)
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    release!()
    await done
    expect(received).toBeGreaterThan(60 * 1024 * 1024)
  })

  it('uses a connection again, and a fresh one where the upstream closed it meanwhile', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const handler = provider(up.url)
    for (let turn = 0; turn < 3; turn++) await all(handler(call('chat.completions', params)))
    expect(up.sockets.size).toBe(1)
    for (const socket of up.sockets) socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await all(handler(call('chat.completions', params)))
    expect(up.requests).toHaveLength(4)
  })

  it.each([
    ['closes', (socket: Socket) => socket.destroy()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])(
    'never sends a POST again that a vendor has read, where it %s a connection used before',
    async (_name, leave) => {
      await using up = await upstream((req, res) => {
        if (up.requests.length > 1) leave(req.socket)
        else res.end(JSON.stringify(completion))
      })
      const handler = provider(up.url)
      await all(handler(call('chat.completions', params)))
      const second = call('chat.completions', params)
      const error = await failureOf(handler(second))
      expect([error.code, up.requests.length, second.report.attempts]).toEqual([
        'upstream_unreachable',
        2,
        1,
      ])
    },
  )

  it('uses a connection again after a whole stream', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('a')).end(ending))
    const handler = provider(up.url)
    for (let turn = 0; turn < 3; turn++) await all(handler(call('chat.completions', streamed)))
    expect(up.sockets.size).toBe(1)
  })

  it('counts attempts and says who served', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const one = call('chat.completions', params, { model: 'other' })
    await firstValueFrom(provider(up.url)(one))
    expect(one.report).toMatchObject({ provider: 'test', model: 'other', attempts: 1 })
  })
})

describe('a provider', () => {
  it.each([
    'not a url',
    'ftp://x',
    'https://user:pw@x',
    'https://x/#y',
    ' https://x',
    'https://x?y',
  ])('refuses the base URL %j', (baseURL) => {
    expect(() => provider(baseURL)).toThrow(/baseURL/)
  })

  it('lets no model name reach the host or path', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    for (const model of ['http://169.254.169.254/', 'x#@evil', '../../x', 'a?b=c']) {
      await all(provider(up.url)(call('chat.completions', { ...params, model })))
    }
    expect(new Set(up.requests.map((request) => request.url))).toEqual(
      new Set(['/v1/chat/completions']),
    )
  })
})
