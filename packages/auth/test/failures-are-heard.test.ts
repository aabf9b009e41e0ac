import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Middleware } from '@sluice/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { bearerAuth } from '../src/bearer-auth.ts'
import { hostIdentity } from '../src/host-identity.ts'

const down = () => {
  throw new Error('db is down')
}
type Next = (error?: unknown) => void

/** One request through a door whose `next` is the host's own. */
async function pass(door: Middleware, next: (req: IncomingMessage, res: ServerResponse) => Next) {
  const server = createServer((req, res) => door(req, res, next(req, res)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const req = request({ port, host: '127.0.0.1', headers: { authorization: 'Bearer sk-1' } })
  req.end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of res) text += String(piece)
  return { status: res.statusCode, type: res.headers['content-type'], text }
}

function watch() {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => {
    process.off('unhandledRejection', unhandled)
    warned.mockRestore()
  })
  return { unhandled, warned }
}

const doors: readonly [string, (onError?: () => unknown) => Middleware][] = [
  ['bearerAuth', (onError) => bearerAuth({ keys: down, onError })],
  ['bearerAuth that waits', (onError) => bearerAuth({ keys: async () => down(), onError })],
  ['hostIdentity', (onError) => hostIdentity(down, { onError })],
]

describe.each(doors)('%s without an answer of the host', (_name, door) => {
  test('tells the error handlers of the host, once the client has its JSON', async () => {
    const { warned } = watch()
    const told = Promise.withResolvers<unknown>()
    const answer = await pass(door(), (_req, res) => (error) => {
      told.resolve([error, res.writableFinished])
    })
    expect(answer).toMatchObject({ status: 503, type: 'application/json; charset=utf-8' })
    expect(await told.promise).toEqual([expect.objectContaining({ message: 'db is down' }), true])
    expect(warned).not.toHaveBeenCalled()
  })

  test('never calls a next that takes no error, and warns', async () => {
    const { warned } = watch()
    const next = vi.fn()
    expect((await pass(door(), () => () => next())).status).toBe(503)
    await new Promise(setImmediate)
    expect(next).not.toHaveBeenCalled()
    expect(warned).toHaveBeenCalledTimes(1)
  })

  test('tells its own listener instead, where there is one', async () => {
    const { warned } = watch()
    const [onError, next] = [vi.fn(), vi.fn()]
    expect((await pass(door(onError), () => (error) => next(error))).status).toBe(503)
    await new Promise(setImmediate)
    expect(onError).toHaveBeenCalledTimes(1)
    expect(next).not.toHaveBeenCalled()
    expect(warned).not.toHaveBeenCalled()
  })

  test.each<[string, () => unknown]>([
    ['throws', down],
    ['rejects', async () => down()],
    ['never settles', () => new Promise(() => {})],
  ])('answers all the same where the listener %s', async (_what, onError) => {
    const { unhandled } = watch()
    expect((await pass(door(onError), () => () => {})).status).toBe(503)
    await new Promise(setImmediate)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('is deaf to an error handler that answers once more, at once or later', async () => {
    const { unhandled } = watch()
    const done = Promise.withResolvers<void>()
    const answer = await pass(door(), (_req, res) => (error) => {
      const late = async () => {
        await new Promise(setImmediate)
        res.setHeader('content-type', 'text/html')
        res.writeHead(500, { 'x-late': '1' })
        res.write('<html>')
        res.end(String(error))
      }
      done.resolve(late())
    })
    await done.promise
    await new Promise(setImmediate)
    expect(answer.text).not.toContain('html')
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('survives an error handler that throws', async () => {
    const { warned } = watch()
    expect((await pass(door(), () => (_error) => down())).status).toBe(503)
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(1))
  })
})

test('a host whose next throws after the caller was known gets a 500, not the end of its process', async () => {
  watch()
  const onError = vi.fn()
  const door = bearerAuth({ keys: async () => ({ id: 'one' }), onError })
  const answer = await pass(door, () => down)
  expect(answer).toMatchObject({ status: 500, type: 'application/json; charset=utf-8' })
  expect(onError).toHaveBeenCalledTimes(1)
})
