import { describe, expect, it } from 'vitest'
import { ClientPool } from '../../src/transport/client-pool.ts'
import { upstream } from '../upstream.ts'

const options = { maxConnections: 2, keepAliveMs: 60_000 }

describe('ClientPool', () => {
  it('gives no more connections at a time than are allowed', () => {
    const pool = new ClientPool('http://127.0.0.1:9', options)
    const first = pool.acquire()!
    const second = pool.acquire()!
    expect(second.connection).not.toBe(first.connection)
    expect([pool.acquire(), pool.busy]).toEqual([undefined, 2])
    pool.release(first.connection)
    expect(pool.busy).toBe(1)
    expect(pool.acquire()).toEqual({ connection: first.connection, reused: true })
    pool.close()
  })

  it('gives the connection that was used last', () => {
    const pool = new ClientPool('http://127.0.0.1:9', options)
    const [first, second] = [pool.acquire()!.connection, pool.acquire()!.connection]
    pool.release(second)
    pool.release(first)
    expect(pool.acquire()!.connection).toBe(first)
    expect(pool.acquire()!.connection).toBe(second)
    pool.close()
  })

  it('gives none again that was given up, idle or busy', () => {
    const pool = new ClientPool('http://127.0.0.1:9', options)
    const [idle, busy] = [pool.acquire()!.connection, pool.acquire()!.connection]
    pool.release(idle)
    idle.destroy(new Error('gone'))
    busy.destroy(new Error('gone'))
    pool.release(busy)
    expect(pool.busy).toBe(0)
    const { connection, reused } = pool.acquire()!
    expect([reused, connection === idle, connection === busy]).toEqual([false, false, false])
    pool.close()
  })

  it('closes idle connections at once, busy ones when they come back, and gives none any more', () => {
    const pool = new ClientPool('http://127.0.0.1:9', options)
    const [idle, busy] = [pool.acquire()!.connection, pool.acquire()!.connection]
    pool.release(idle)
    pool.close()
    expect([idle.client.destroyed, busy.client.destroyed]).toEqual([true, false])
    pool.release(busy)
    expect(busy.client.destroyed).toBe(true)
    expect([pool.acquire(), pool.busy]).toEqual([undefined, 0])
  })

  it('sends two requests, one after the other, over one socket', async () => {
    await using up = await upstream((_req, res) => res.end('hi'))
    const pool = new ClientPool(new URL(up.url).origin, options)
    for (let times = 0; times < 2; times++) {
      const { connection } = pool.acquire()!
      const { body } = await connection.client.request({ method: 'GET', path: '/' })
      expect(await body.text()).toBe('hi')
      pool.release(connection)
    }
    expect([up.requests.length, up.sockets.size]).toEqual([2, 1])
    pool.close()
    await expect.poll(() => up.sockets.size).toBe(0)
  })
})
