import { FakeClock } from '@sluice/conformance'
import type { ApiError } from '@sluice/core'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readBody, type Body } from '../../src/body/read-body.ts'

type Told = readonly [error: ApiError | undefined, body: Body | undefined]

/** A request whose body is being read, and all that was told about it. */
function reading(request: object = {}, headers: Record<string, string> = {}) {
  const clock = new FakeClock()
  const req = Object.assign(new PassThrough(), { headers, complete: false }, request)
  const told: Told[] = []
  const options = { maxBodyBytes: 10, bodyTimeoutMs: 1000, clock }
  const read = () =>
    readBody(
      req as unknown as IncomingMessage,
      options,
      (error, body) => void told.push([error, body]),
    )
  return { req, clock, told, read }
}
const bytes = (text: string): Told => [undefined, { bytes: Buffer.from(text) }]

describe('readBody', () => {
  it('puts the parts of a body together and leaves nothing behind', async () => {
    const { req, clock, told, read } = reading()
    read()
    req.write('12345')
    req.end('67890')
    await expect.poll(() => told).toEqual([bytes('1234567890')])
    expect([clock.timers, req.listenerCount('data')]).toEqual([0, 0])
  })

  it('refuses a body that becomes too long, once', async () => {
    const { req, told, read } = reading()
    read()
    req.write('1234567890')
    req.end('1')
    await expect.poll(() => told.length).toBe(1)
    expect(told[0]![0]).toMatchObject({ status: 413 })
  })

  it('refuses a body that says it is too long before it comes', () => {
    const { told, read } = reading({}, { 'content-length': '11' })
    read()
    expect(told).toMatchObject([[{ status: 413 }, undefined]])
  })

  it('refuses a body that is too long once it is decompressed', async () => {
    const { req, told, read } = reading({}, { 'content-encoding': 'gzip' })
    read()
    req.end(gzipSync('a'.repeat(10_000)).subarray(0))
    await expect.poll(() => told.length).toBe(1)
    expect(told[0]![0]).toMatchObject({ status: 413 })
  })

  it('refuses a body that does not come in time, and tells nothing more', async () => {
    const { req, clock, told, read } = reading()
    read()
    clock.advance(1000)
    req.end('late')
    req.destroy()
    await new Promise((resolve) => req.once('close', resolve))
    expect(told).toMatchObject([
      [{ code: 'request_timeout', headers: { connection: 'close' } }, undefined],
    ])
  })

  it('tells that the client has gone', async () => {
    const { req, clock, told, read } = reading()
    read()
    req.destroy(new Error('reset'))
    await expect.poll(() => told).toMatchObject([[{ code: 'client_closed_request' }, undefined]])
    expect(clock.timers).toBe(0)
  })

  it.each<[string, unknown, Told]>([
    ['text', 'hi', bytes('hi')],
    ['a Buffer', Buffer.from('hi'), bytes('hi')],
    ['other bytes', new Uint8Array([104, 105]), bytes('hi')],
    ['a value', { a: 1 }, [undefined, { value: { a: 1 } }]],
  ])('takes what a host has left as %s', (_what, body, expected) => {
    const { told, read } = reading({ body })
    read()
    expect(told).toEqual([expected])
  })

  it('refuses bytes of a host that are too many', () => {
    const { told, read } = reading({ body: Buffer.alloc(11) })
    read()
    expect(told).toMatchObject([[{ status: 413 }, undefined]])
  })

  it('reads a request on which a parser has put an empty object', async () => {
    const { req, told, read } = reading({ body: {} })
    read()
    req.end('hi')
    await expect.poll(() => told).toEqual([bytes('hi')])
  })

  it('refuses a body that was consumed and left nowhere', async () => {
    const { req, told, read } = reading()
    req.end('hi')
    req.resume()
    await new Promise((resolve) => req.once('end', resolve))
    read()
    expect(told).toMatchObject([[{ code: 'body_already_consumed' }, undefined]])
  })
})
