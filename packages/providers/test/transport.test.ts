import { createServer, type AddressInfo } from 'node:net'
import { call, type ApiError } from '@sluice/core'
import { openaiCompatible } from '@sluice/providers'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

const params = { model: 'm', stream: true, messages: [{ role: 'user' as const, content: 'hi' }] }
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n'

describe('an answer that only the end of its connection ends', () => {
  it('may be given up in the moment in which the vendor resets it', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write(`${head}data: {"choices":\n\n`)
        setImmediate(() => socket.resetAndDestroy())
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = openaiCompatible({ id: 'test', baseURL })
    const codes = await Promise.all(
      Array.from({ length: 300 }, () =>
        lastValueFrom(provider(call('chat.completions', params))).then(
          () => 'an answer',
          (error: ApiError) => error.code,
        ),
      ),
    )
    // Which of the two is heard of first is the kernel's affair.
    expect(new Set([...codes, 'upstream_invalid_response', 'upstream_unreachable']).size).toBe(2)
    provider.close()
    await new Promise((resolve) => server.close(resolve))
  })
})
