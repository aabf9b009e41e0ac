import { createServer, type AddressInfo, type Socket } from 'node:net'
import { call } from '@sluice/core'
import { openaiCompatible } from '@sluice/providers'
import { describe, expect, it } from 'vitest'

const params = { model: 'm', stream: true, messages: [{ role: 'user' as const, content: 'hi' }] }
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n'

describe('an answer that only the end of its connection ends', () => {
  it('may be given up once its provider has been closed', async () => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
      socket.once('data', () => socket.write(`${head}: hi\n\n`))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = openaiCompatible({ id: 'test', baseURL })
    const running = Array.from({ length: 20 }, () =>
      provider(call('chat.completions', params)).subscribe(),
    )
    await expect.poll(() => sockets.size).toBe(20)
    await new Promise((resolve) => setTimeout(resolve, 50))
    provider.close()
    for (const one of running) one.unsubscribe()
    await expect.poll(() => sockets.size).toBe(0)
    await new Promise((resolve) => server.close(resolve))
  })
})
