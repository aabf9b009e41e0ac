import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { cache } from '@sluice/cache'
import { call, compose } from '@sluice/core'
import type { ChatCompletionChunk } from '@sluice/core/wire'
import { writeResponse } from '@sluice/sse-stream/node'
import { describe, expect, it } from 'vitest'
import { params } from './fixtures/client.ts'
import { FakeUpstream, usage } from './fixtures/fake-upstream.ts'

/** A server of cached answers of `words` words; the path says in which form. */
async function serve(
  words: number,
  before: (...asked: Parameters<RequestListener>) => void = () => {},
) {
  const text = Array.from({ length: words }, (_, index) => `word${index} `).join('')
  const upstream = new FakeUpstream((answer) => answer.give(text))
  const handler = compose([cache({ ttlMs: 60_000, tenant: 'shared' })], upstream.handler)
  const server = createServer((req, res) => {
    before(req, res)
    const streamed = req.url !== '/document' && { stream: true }
    const shown = req.url === '/usage' && { stream_options: { include_usage: true } }
    writeResponse(handler(call('chat.completions', { ...params, ...streamed, ...shown })), res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (path: string): Promise<string> => {
    const [res] = (await once(request({ port, path, agent: false }).end(), 'response')) as [
      IncomingMessage,
    ]
    let body = ''
    for await (const part of res.setEncoding('utf8')) body += part as string
    return body
  }
  return {
    text,
    upstream,
    port,
    ask,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a stream said, and the ids it was said under. */
function told(body: string) {
  const frames = body.split('\n\n')
  expect(frames.slice(-2)).toEqual(['data: [DONE]', ''])
  const chunks = frames
    .slice(0, -2)
    .map((frame) => JSON.parse(frame.slice(6)) as ChatCompletionChunk)
  return {
    text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''),
    ids: new Set(chunks.map((chunk) => chunk.id)),
    usage: chunks.filter((chunk) => chunk.usage !== undefined && chunk.usage !== null),
  }
}

describe('hits over HTTP', () => {
  it.each([3, 300, 2000])(
    'are whole and have an id of their own, %i words to many at a time',
    async (words) => {
      await using server = await serve(words)
      await server.ask('/stream')
      const paths = Array.from({ length: 60 }, (_, index) => ['/stream', '/usage'][index % 2]!)
      const answers = (await Promise.all(paths.map((path) => server.ask(path)))).map(told)
      expect(server.upstream.calls).toBe(1)
      expect(new Set(answers.map((answer) => answer.text))).toEqual(new Set([server.text]))
      expect(answers.map((answer) => answer.ids.size)).toEqual(paths.map(() => 1))
      expect(new Set(answers.flatMap((answer) => [...answer.ids])).size).toBe(60)
      for (const [index, answer] of answers.entries()) {
        expect(answer.usage.map((chunk) => chunk.usage)).toEqual(
          paths[index] === '/usage' ? [usage] : [],
        )
      }
    },
  )

  it('stay what they are for one who reads nothing for a while, as others are answered', async () => {
    await using server = await serve(300)
    const { length } = await server.ask('/stream')
    const many = Math.ceil((16 * 1024 * 1024) / length)
    const slow = connect(server.port, '127.0.0.1').setEncoding('utf8')
    for (let count = 0; count < many; count++) slow.write('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n')
    for (let count = 0; count < 20; count++) told(await server.ask('/usage'))
    let received = ''
    for await (const part of slow) {
      received += part as string
      if (received.split('[DONE]').length > many && received.endsWith('\r\n0\r\n\r\n')) break
    }
    const answers = received
      .split('HTTP/1.1 200 OK')
      .slice(1)
      // The lines of events, without head and sizes of chunks.
      .map((response) =>
        told((response.match(/^data: .*$/gm) ?? []).map((line) => `${line}\n\n`).join('')),
      )
    expect(new Set(answers.map((answer) => answer.text))).toEqual(new Set([server.text]))
    expect(new Set(answers.flatMap((answer) => [...answer.ids])).size).toBe(many)
  })

  it('can be kept by a host that looks at what is written', async () => {
    const kept: Uint8Array[][] = []
    await using server = await serve(300, (_req, res) => {
      const parts: Uint8Array[] = []
      kept.push(parts)
      const keep = (method: (...parts: unknown[]) => unknown) =>
        ((...written: unknown[]) => {
          if (written[0] instanceof Uint8Array) parts.push(written[0])
          return method(...written)
        }) as never
      res.write = keep(res.write.bind(res) as never)
      res.end = keep(res.end.bind(res) as never)
    })
    const bodies: string[] = []
    for (let count = 0; count < 5; count++) bodies.push(await server.ask('/stream'))
    expect(kept.map((parts) => Buffer.concat(parts).toString())).toEqual(bodies)
  })

  it('give what came as a document as a stream, and the other way round', async () => {
    for (const [first, second] of [
      ['/document', '/stream'],
      ['/usage', '/document'],
    ] as const) {
      await using server = await serve(300)
      await server.ask(first)
      const bodies = [await server.ask(second), await server.ask(second)]
      expect(server.upstream.calls).toBe(1)
      const texts = bodies.map((body) =>
        second === '/stream'
          ? told(body).text
          : (JSON.parse(body) as { choices: { message: { content: string } }[] }).choices[0]!
              .message.content,
      )
      expect(texts).toEqual([server.text, server.text])
      expect(bodies[0]).not.toBe(bodies[1])
    }
  })
})
