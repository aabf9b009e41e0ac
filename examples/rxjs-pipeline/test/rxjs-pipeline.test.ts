import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Call, Handler } from '@sluice/core'
import { demo } from '@sluice/demo'
import { lastValueFrom, take, tap, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fanOut } from '../src/fan-out.ts'
import { buildHandler } from '../src/handler.ts'
import { redactedChat } from '../src/redacted-chat.ts'
import { speech } from '../src/speech.ts'

/** A handler that notes what reached the vendor, and how many answers are under way. */
function watched(inner: Handler) {
  const calls: Call[] = []
  let running = 0
  const handler: Handler = (call) => {
    calls.push(call)
    return inner(call).pipe(tap({ subscribe: () => running++, finalize: () => running-- }))
  }
  return { handler, calls, running: () => running }
}

describe('speech', () => {
  it('gives whole sentences, and the same from the cache', async () => {
    const { handler, calls } = watched(demo({ tokensPerSecond: 0 }))
    const cached = buildHandler(handler)
    const first = await lastValueFrom(speech(cached, 'What is a token stream?').pipe(toArray()))
    expect(first.length).toBeGreaterThan(1)
    for (const sentence of first) expect(sentence).toMatch(/[.!?]”?$/)
    expect(await lastValueFrom(speech(cached, 'What is a token stream?').pipe(toArray()))).toEqual(
      first,
    )
    expect(calls).toHaveLength(1)
  })

  it('stops the answer when nobody listens any more', async () => {
    const { handler, running } = watched(demo({ tokensPerSecond: 200 }))
    expect(
      await lastValueFrom(speech(handler, 'Tell me more').pipe(take(1), toArray())),
    ).toHaveLength(1)
    expect(running()).toBe(0)
  })
})

describe('redactedChat', () => {
  it('keeps numbers and addresses from the vendor and gives them back to the caller', async () => {
    const { handler, calls } = watched(demo({ tokensPerSecond: 0 }))
    const said = 'card 4111111111111111, mail jo@example.com'
    let logged = ''
    const parts = await lastValueFrom(
      redactedChat(handler, [{ role: 'user', content: said }], (text) => (logged += text)).pipe(
        toArray(),
      ),
    )
    expect(JSON.stringify(calls[0]!.params)).not.toMatch(/4111|example\.com/)
    expect(logged).not.toMatch(/4111|example\.com/)
    expect(parts.join('')).toContain(said)
  })
})

describe('fanOut', () => {
  it('gives one upstream’s answer to two sockets, also to the one that comes late, and stops it when both have left', async () => {
    const { handler, calls, running } = watched(demo({ tokensPerSecond: 100 }))
    const join = fanOut(handler, 'hello')
    const server = createServer((_req, res) => join(res))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const open = () => new Promise<IncomingMessage>((resolve) => request(url, resolve).end())
    const read = async (res: IncomingMessage) => {
      let text = ''
      for await (const part of res) text += String(part)
      return text
    }
    const first = await open()
    const second = await open()
    const [a, b] = await Promise.all([read(first), read(second)])
    expect(a).toBe(b)
    expect(a).toMatch(/data: \[DONE\]\n\n$/)
    expect([calls.length, running()]).toEqual([1, 0])
    server.close()
  })
})
