import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { ApiError, call, createGate, type Batch } from '@sluice/core'
import type { ChatCompletionChunk, ChatCompletionCreateParams } from '@sluice/core/wire'
import { createProvider, openaiCompatibleSpec, type Provider } from '@sluice/providers'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { completion, ending, stream, upstream, word } from '../upstream.ts'

const providerOf = (baseURL: string, maxChoices = 1): Provider =>
  createProvider(openaiCompatibleSpec({ id: 'test', baseURL, maxChoices }), {})
const params: ChatCompletionCreateParams = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
}
const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()))
const ask = (provider: Provider, extra: Partial<ChatCompletionCreateParams>) =>
  provider(call<'chat.completions'>('chat.completions', { ...params, ...extra }))
const failureOf = (source: Observable<unknown>): Promise<ApiError> =>
  all(source).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )

/** An upstream that answers when the test says so, each request by its number. */
async function heldUpstream() {
  const waiting: ServerResponse[] = []
  const up = await upstream((_req, res) => void waiting.push(res))
  const asked = (count: number) => vi.waitFor(() => expect(waiting).toHaveLength(count))
  return { ...up, waiting, asked, [Symbol.asyncDispose]: () => up[Symbol.asyncDispose]() }
}

describe('more choices than a vendor gives at once', () => {
  it('come from as many requests, in one answer whose choices are in order and whose usage is the sum', async () => {
    let number = 0
    await using up = await upstream((_req, res) => {
      const [choice] = completion.choices
      const message = { ...choice!.message, content: `answer ${number++}` }
      res.end(JSON.stringify({ ...completion, choices: [{ ...choice, message }] }))
    })
    const [batch] = await all(ask(providerOf(up.url), { n: 3 }))
    const document = batch!.document()!
    expect(document.choices.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(new Set(document.choices.map(({ message }) => message.content))).toEqual(
      new Set(['answer 0', 'answer 1', 'answer 2']),
    )
    expect(document.usage).toEqual({ prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 })
    expect(batch!.usage).toEqual(document.usage)
    expect(up.requests.map(({ body }) => (JSON.parse(body) as { n?: number }).n)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('are asked for in the largest portions that the vendor takes', async () => {
    const choices = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...completion.choices[0], index }))
    await using up = await upstream((_req, res, body) => {
      const { n = 1 } = JSON.parse(body) as { n?: number }
      res.end(JSON.stringify({ ...completion, choices: choices(n) }))
    })
    const [batch] = await all(ask(providerOf(up.url, 2), { n: 5 }))
    expect(batch!.document()!.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
    const asked = up.requests.map(({ body }) => (JSON.parse(body) as { n?: number }).n ?? 1)
    expect(asked.toSorted((a, b) => a - b)).toEqual([1, 2, 2])
  })

  it('leave a call alone that asks for no more than one request gives', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    await all(ask(providerOf(up.url, 2), { n: 2 }))
    expect(up.requests.map(({ body }) => (JSON.parse(body) as { n?: number }).n)).toEqual([2])
  })

  it('are streamed interleaved, as one answer', async () => {
    await using up = await heldUpstream()
    const batches: Batch<ChatCompletionChunk>[] = []
    const done = new Promise<void>((complete, error) => {
      const streamed = { n: 2, stream: true, stream_options: { include_usage: true } }
      ask(providerOf(up.url), streamed).subscribe({
        next: (batch) => batches.push(batch),
        complete,
        error,
      })
    })
    await up.asked(2)
    const own = (frame: string) => frame.replaceAll('chatcmpl-1', 'chatcmpl-2')
    stream(up.waiting[0]!, word('a1'))
    await vi.waitFor(() => expect(batches).toHaveLength(1))
    stream(up.waiting[1]!, own(word('b1')))
    await vi.waitFor(() => expect(batches).toHaveLength(2))
    up.waiting[0]!.end(word('a2') + ending)
    await vi.waitFor(() => expect(batches.length).toBeGreaterThan(2))
    up.waiting[1]!.end(own(word('b2') + ending))
    await done

    const chunks = batches.flatMap((batch) => batch.chunks())
    const said = (index: number) =>
      chunks
        .flatMap(({ choices }) =>
          choices
            .filter((choice) => choice.index === index)
            .map(({ delta }) => delta.content ?? ''),
        )
        .join('')
    expect([said(0), said(1)].toSorted()).toEqual(['a1a2', 'b1b2'])
    expect(new Set(chunks.map(({ id, created, model }) => [id, created, model].join())).size).toBe(
      1,
    )
    for (const index of [0, 1]) {
      const choices = chunks
        .flatMap((chunk) => chunk.choices)
        .filter((choice) => choice.index === index)
      expect(choices.filter(({ delta }) => delta.role !== undefined)).toHaveLength(1)
      expect(choices.filter((choice) => choice.finish_reason !== null)).toEqual([choices.at(-1)])
    }
    const usage = { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 }
    expect(chunks.filter((chunk) => chunk.usage !== undefined)).toEqual([
      { ...chunks[0], choices: [], usage },
    ])
    expect(batches.filter((batch) => batch.usage !== undefined)).toEqual([batches.at(-1)])
  })

  it('show no usage to a caller who did not ask for it, but say it inside', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('x')).end(ending))
    const batches = await all(ask(providerOf(up.url), { n: 2, stream: true }))
    expect(
      batches.flatMap((batch) => batch.chunks()).filter(({ choices }) => choices.length === 0),
    ).toEqual([])
    expect(batches.at(-1)!.usage).toMatchObject({ total_tokens: 6 })
    expect(batches.at(-1)!.bytes).toHaveLength(0)
  })

  it('open at most four requests at a time', async () => {
    await using up = await heldUpstream()
    const done = all(ask(providerOf(up.url), { n: 6 }))
    await up.asked(4)
    for (let wait = 0; wait < 20; wait++) await turn()
    expect(up.waiting).toHaveLength(4)
    for (const res of up.waiting.slice(0, 2)) res.end(JSON.stringify(completion))
    await up.asked(6)
    for (const res of up.waiting.slice(2)) res.end(JSON.stringify(completion))
    expect((await done)[0]!.document()!.choices).toHaveLength(6)
  })

  it('fail as a whole, with nothing delivered, when one request fails first, and stop the others', async () => {
    await using up = await heldUpstream()
    const failure = failureOf(ask(providerOf(up.url), { n: 6, stream: true }))
    await up.asked(4)
    up.waiting[2]!.writeHead(429, { 'retry-after': '7' }).end('{"error":{"message":"slow down"}}')
    expect(await failure).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      retryAfterMs: 7000,
    })
    await vi.waitFor(() =>
      expect(up.waiting.filter((res) => !res.writableEnded && !res.destroyed)).toEqual([]),
    )
    expect(up.waiting).toHaveLength(4)
  })

  it('break the stream when a request fails after another has spoken', async () => {
    await using up = await heldUpstream()
    const batches: Batch[] = []
    const failure = new Promise((resolve) => {
      ask(providerOf(up.url), { n: 2, stream: true }).subscribe({
        next: (batch) => batches.push(batch),
        error: resolve,
      })
    })
    await up.asked(2)
    stream(up.waiting[0]!, word('x'))
    await vi.waitFor(() => expect(batches).toHaveLength(1))
    up.waiting[1]!.destroy()
    expect(ApiError.is(await failure)).toBe(true)
    await vi.waitFor(() => expect(up.waiting[0]!.destroyed).toBe(true))
  })

  it('stop every upstream when the caller leaves', async () => {
    await using up = await heldUpstream()
    const subscription = ask(providerOf(up.url), { n: 6, stream: true }).subscribe()
    await up.asked(4)
    stream(up.waiting[0]!, word('x'))
    subscription.unsubscribe()
    await vi.waitFor(() => expect(up.waiting.every((res) => res.destroyed)).toBe(true))
    expect(up.waiting).toHaveLength(4)
  })

  it('wait for the gate, all of them', async () => {
    const frame = word('x'.repeat(4096))
    let written = 0
    await using up = await upstream((_req, res) => {
      stream(res)
      const more = () => {
        while (!res.destroyed && res.write(frame)) written += frame.length
        if (!res.destroyed) res.once('drain', more)
      }
      more()
    })
    const gate = createGate()
    gate.hold()
    let read = 0
    const held = call('chat.completions', { ...params, n: 3, stream: true }, { gate })
    const subscription = providerOf(up.url)(held).subscribe((batch) => (read += batch.bytes.length))
    await vi.waitFor(() => expect(up.requests).toHaveLength(3))
    let before = -1
    while (before !== written) {
      before = written
      for (let wait = 0; wait < 50; wait++) await turn()
    }
    expect(read).toBeLessThan(3 * 1024 * 1024)
    expect(written).toBeGreaterThan(read)
    subscription.unsubscribe()
  })

  it('are refused beyond 128', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    expect(await failureOf(ask(providerOf(up.url), { n: 129 }))).toMatchObject({
      status: 400,
      param: 'n',
    })
    expect(up.requests).toEqual([])
  })
})
