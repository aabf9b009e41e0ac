import { createServer, request, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { ApiError, createGate, type Batch, type Gate, type PooledBytes } from '@sluice/core'
import { ChunkBatch, DocumentBatch, EventBatch } from '@sluice/sse-stream/internal'
import { writeResponse, type WriteResponseOptions } from '@sluice/sse-stream/node'
import { concat, NEVER, Observable, of, Subject, throwError } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { fakeClock } from './fake-clock.ts'

const frame = (text: string, gate: Gate = createGate()) =>
  new EventBatch(new TextEncoder().encode(`data: {"t":${JSON.stringify(text)}}\n\n`), gate)

const throwAfter = (batch: Batch): Observable<Batch> =>
  concat(
    of(batch),
    throwError(() => new ApiError('stream_incomplete', { message: 'It broke.' })),
  )

/** A server that writes one answer, and the response's own end of it. */
async function serve(answer: Observable<Batch>, options: WriteResponseOptions = {}) {
  let settle: (outcome: unknown) => void
  const outcome = new Promise((resolve) => (settle = resolve))
  let opened: (res: ServerResponse) => void
  const response = new Promise<ServerResponse>((resolve) => (opened = resolve))
  const server = createServer((_req, res) => {
    opened(res)
    writeResponse(answer, res, {
      ...options,
      onSettled: (how) => settle(typeof how === 'string' ? how : how.code),
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    outcome,
    response,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

describe('writeResponse', () => {
  it('writes nothing before the first batch, then head and batch, then [DONE]', async () => {
    const answer = new Subject<Batch>()
    await using server = await serve(answer, { head: () => ({ 'x-test': '1' }) })
    const pending = fetch(server.url)
    const res = await server.response
    expect(res.headersSent).toBe(false)
    answer.next(frame('a'))
    const got = await pending
    expect([
      got.headers.get('x-test'),
      got.headers.get('cache-control'),
      got.headers.get('x-accel-buffering'),
    ]).toEqual(['1', 'no-cache, no-transform', 'no'])
    answer.next(frame('b'))
    answer.complete()
    expect(await got.text()).toBe('data: {"t":"a"}\n\ndata: {"t":"b"}\n\ndata: [DONE]\n\n')
    expect(await server.outcome).toBe('complete')
  })

  it('writes what a turn brings, the end included, at once', async () => {
    const answer = new Subject<Batch>()
    await using server = await serve(answer)
    const pending = fetch(server.url)
    const res = await server.response
    const sizes: number[] = []
    const write = res.write.bind(res)
    const end = res.end.bind(res)
    res.write = ((bytes: Uint8Array) => (
      sizes.push(bytes.length),
      write(bytes)
    )) as typeof res.write
    res.end = ((bytes: Uint8Array) => (sizes.push(bytes.length), end(bytes))) as typeof res.end
    for (const text of ['a', 'b', 'c']) answer.next(frame(text))
    answer.complete()
    expect((await (await pending).text()).split('\n\n')).toHaveLength(5)
    expect(sizes).toHaveLength(1)
  })

  it.each([
    ['one turn', of(frame('a'), frame('b')), '48'],
    ['a document', of(new DocumentBatch({ value: { a: 1 } }, createGate())), '7'],
    ['an answer that breaks in its first turn', throwAfter(frame('a')), null],
  ])('says how long %s is where it leaves whole', async (_name, answer, length) => {
    await using server = await serve(answer)
    const got = await fetch(server.url)
    const body = Buffer.from(await got.arrayBuffer())
    expect(got.headers.get('transfer-encoding')).toBeNull()
    expect(got.headers.get('content-length')).toBe(length ?? String(body.length))
  })

  it('leaves the length open where more may come', async () => {
    const answer = new Subject<Batch>()
    await using server = await serve(answer)
    const pending = fetch(server.url)
    await server.response
    answer.next(frame('a'))
    const got = await pending
    expect([got.headers.get('content-length'), got.headers.get('transfer-encoding')]).toEqual([
      null,
      'chunked',
    ])
    answer.complete()
    expect(await got.text()).toMatch(/\[DONE\]/)
  })

  it('writes in parts what a turn brings too much of, and hears of a slow client in between', async () => {
    const gate = createGate()
    const one = frame('x'.repeat(40_000), gate)
    let emitted = 0
    const bursts: number[] = []
    const answer = new Observable<Batch>((subscriber) => {
      const goOn = (): void => {
        bursts.push(0)
        while (emitted < 20) {
          if (!gate.isOpen) return void gate.whenOpen(goOn)
          emitted++
          bursts[bursts.length - 1]!++
          subscriber.next(one)
        }
        subscriber.complete()
      }
      goOn()
    })
    await using server = await serve(answer)
    expect((await (await fetch(server.url)).text()).split('\n\n')).toHaveLength(22)
    expect(Math.max(...bursts)).toBeLessThan(4)
  })

  describe('of a batch that lends its bytes', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }

    /** A batch that says `a`, and how often its memory is out. */
    function lending(gate: Gate = createGate()) {
      const own = frame('a', gate)
      const state = { lent: 0, out: 0, seen: 0 }
      const lend = (): PooledBytes => {
        state.lent++
        state.out++
        let bytes: Uint8Array = own.bytes
        return {
          get bytes() {
            return bytes
          },
          append: (more) => {
            bytes = Buffer.concat([bytes, more])
            return true
          },
          release: () => void state.out--,
        }
      }
      const batch: Batch = {
        framing: 'events',
        gate,
        byteLength: own.bytes.length,
        get bytes() {
          state.seen++
          return own.bytes
        },
        chunks: () => own.chunks(),
        document: () => undefined,
        text: () => own.text(),
        borrowBytes: lend,
      }
      return { batch, state }
    }

    it('borrows them with what follows in the turn, and gives them back when they have left', async () => {
      const { batch, state } = lending()
      await using server = await serve(
        of(batch, frame('b'), new ChunkBatch([], createGate(), usage)),
      )
      expect(await (await fetch(server.url)).text()).toBe(
        'data: {"t":"a"}\n\ndata: {"t":"b"}\n\ndata: [DONE]\n\n',
      )
      await vi.waitFor(() => expect(state).toEqual({ lent: 1, out: 0, seen: 0 }))
    })

    it('gives them back in the middle of an answer, and says of what failed behind them', async () => {
      const { batch, state } = lending()
      const answer = new Subject<Batch>()
      await using server = await serve(answer)
      const pending = fetch(server.url)
      await server.response
      answer.next(batch)
      const res = await pending
      await vi.waitFor(() => expect(state).toEqual({ lent: 1, out: 0, seen: 0 }))
      answer.next(batch)
      answer.error(new ApiError('stream_incomplete', { message: 'gone' }))
      expect(await res.text()).toMatch(
        /^data: \{"t":"a"\}\n\ndata: \{"t":"a"\}\n\ndata: \{"error":/,
      )
      await vi.waitFor(() => expect(state).toEqual({ lent: 2, out: 0, seen: 0 }))
    })

    it('takes a copy where somebody else sees what is written', async () => {
      const { batch, state } = lending()
      const answer = new Subject<Batch>()
      await using server = await serve(answer)
      const pending = fetch(server.url)
      const res = await server.response
      res.write = res.write.bind(res)
      answer.next(batch)
      answer.complete()
      expect(await (await pending).text()).toBe('data: {"t":"a"}\n\ndata: [DONE]\n\n')
      expect(state).toEqual({ lent: 0, out: 0, seen: 1 })
    })
  })

  it('writes a document whole, with its length', async () => {
    await using server = await serve(
      new Observable(
        (s) => (s.next(new DocumentBatch({ value: { a: 1 } }, createGate())), s.complete()),
      ),
    )
    const res = await fetch(server.url)
    expect([res.headers.get('content-length'), await res.json()]).toEqual(['7', { a: 1 }])
  })

  it('answers a failure before the first batch as an ordinary error', async () => {
    const error = new ApiError('rate_limit_exceeded', { message: 'slow down', retryAfterMs: 1500 })
    await using server = await serve(new Observable((s) => s.error(error)))
    const res = await fetch(server.url)
    expect([res.status, res.headers.get('retry-after'), await res.json()]).toEqual([
      429,
      '2',
      error.toBody(),
    ])
  })

  it('tells of a failure after the first batch by one frame, and never says [DONE]', async () => {
    const answer = new Subject<Batch>()
    await using server = await serve(answer)
    const pending = fetch(server.url)
    await server.response
    answer.next(frame('a'))
    answer.error(new ApiError('stream_incomplete', { message: 'gone' }))
    const text = await (await pending).text()
    expect(text).toMatch(
      /data: \{"t":"a"\}\n\ndata: \{"error":\{"message":"gone".*"code":"stream_incomplete"\}\}\n\n$/,
    )
    expect(text).not.toContain('[DONE]')
  })

  it('takes an answer without a batch for a failure', async () => {
    await using server = await serve(new Observable((s) => s.complete()))
    expect((await fetch(server.url)).status).toBe(502)
  })

  it.each(['before the first batch', 'in the middle'])(
    'unsubscribes when the client leaves %s',
    async (when) => {
      let unsubscribed: () => void
      const stopped = new Promise<void>((resolve) => (unsubscribed = resolve))
      const answer = new Observable<Batch>((subscriber) => {
        if (when === 'in the middle') subscriber.next(frame('a'))
        return unsubscribed
      })
      await using server = await serve(answer)
      const req = request(server.url)
      req.on('error', () => {})
      req.end()
      await server.response
      req.destroy()
      await stopped
      expect(await server.outcome).toBe('left')
    },
  )

  it('holds the gate while the client takes nothing, and cuts it off when that lasts too long', async () => {
    const gate = createGate()
    const clock = fakeClock()
    let pushed = 0
    const held = new Promise<void>((resolve) => {
      const answer = new Observable<Batch>((subscriber) => {
        const pump = () => {
          if (!gate.isOpen) return resolve()
          pushed++
          subscriber.next(frame('x'.repeat(16_384), gate))
          setImmediate(pump)
        }
        pump()
      })
      void start(answer)
    })
    let server: Awaited<ReturnType<typeof serve>> | undefined
    async function start(answer: Observable<Batch>) {
      server = await serve(answer, { clock, writeTimeoutMs: 60_000, heartbeatMs: 0 })
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
      )
      socket.pause()
      socket.on('error', () => {})
    }
    await held
    expect(gate.isOpen).toBe(false)
    expect(pushed * 16_384).toBeLessThan(32 * 1024 * 1024)
    clock.advance(59_999)
    expect((await server!.response).destroyed).toBe(false)
    clock.advance(1)
    expect(await server!.outcome).toBe('left')
    expect([gate.isOpen, clock.pending]).toEqual([true, 0])
    await server![Symbol.asyncDispose]()
  })

  it.each([3000, 16_384, 60_000])(
    'lets little lie before a client, and goes on when that is taken: writes of %s',
    async (size) => {
      const gate = createGate()
      const answer = new Subject<Batch>()
      await using server = await serve(answer, { heartbeatMs: 0 })
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
      )
      socket.pause()
      const res = await server.response
      for (let round = 0; round < 3; round++) {
        while (gate.isOpen) {
          answer.next(frame('x'.repeat(size), gate))
          await new Promise((resolve) => setImmediate(resolve))
        }
        expect(res.writableLength).toBeLessThan(32 * 1024 + 60_000)
        // Node itself would not have asked anybody to wait yet.
        if (size < 60_000) expect(res.writableNeedDrain).toBe(false)
        socket.resume()
        await new Promise<void>((resolve) => gate.whenOpen(resolve))
        socket.pause()
      }
      socket.destroy()
      expect(await server.outcome).toBe('left')
      expect(gate.isOpen).toBe(true)
    },
  )

  it('waits for Node’s word where somebody else sees what is written', async () => {
    const gate = createGate()
    const answer = new Subject<Batch>()
    const server = createServer((_req, res) => {
      const write = res.write.bind(res)
      // As some wrappers do, it forgets who wants to hear of the end.
      res.write = ((chunk: Uint8Array) => write(chunk)) as never
      writeResponse(answer, res, { heartbeatMs: 0 })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
    )
    socket.pause()
    await new Promise<void>((resolve) => server.once('request', () => resolve()))
    while (gate.isOpen) {
      answer.next(frame('x'.repeat(16_384), gate))
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.resume()
    await new Promise<void>((resolve) => gate.whenOpen(resolve))
    socket.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('writes a comment while the upstream is silent, and none while it speaks', async () => {
    const clock = fakeClock()
    const answer = new Subject<Batch>()
    await using server = await serve(answer, { clock, heartbeatMs: 10_000 })
    const pending = fetch(server.url)
    await server.response
    answer.next(frame('a'))
    const res = await pending
    clock.advance(5000)
    clock.advance(5000)
    answer.next(frame('b'))
    clock.advance(5000)
    answer.complete()
    expect(await res.text()).toBe(
      'data: {"t":"a"}\n\n: ping\n\ndata: {"t":"b"}\n\ndata: [DONE]\n\n',
    )
    expect(clock.pending).toBe(0)
  })

  it('skips batches that have nothing to show', async () => {
    await using server = await serve(
      new Observable((s) => {
        s.next(frame('a'))
        s.next(
          new ChunkBatch([], createGate(), {
            prompt_tokens: 1,
            completion_tokens: 1,
            total_tokens: 2,
          }),
        )
        s.complete()
      }),
    )
    expect(await (await fetch(server.url)).text()).toBe('data: {"t":"a"}\n\ndata: [DONE]\n\n')
  })

  it('leaves nothing behind on a response that was destroyed before it began', async () => {
    await using server = await serve(NEVER)
    const req = request(server.url)
    req.on('error', () => {})
    req.end()
    ;(await server.response).destroy()
    expect(await server.outcome).toBe('left')
  })
})
