import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { callHost } from '../src/call-host.ts'
import { FakeClock } from '@sluice/conformance'

const response = () => new EventEmitter() as EventEmitter & ServerResponse

test('tells a value at once, without listeners or timers', () => {
  const res = response()
  const clock = new FakeClock()
  const tell = vi.fn()
  callHost(res, () => 1, { clock, timeoutMs: 10 }, tell)
  expect(tell).toHaveBeenCalledExactlyOnceWith({ ok: true, value: 1 })
  expect(res.listenerCount('close') + clock.timers).toBe(0)
})

test('tells once, whatever comes first: the answer, the time or the departure', async () => {
  const outcomes = ['answer', 'time', 'departure'] as const
  for (const first of outcomes) {
    const res = response()
    const clock = new FakeClock()
    const answer = Promise.withResolvers<number>()
    const tell = vi.fn()
    callHost(res, () => answer.promise, { clock, timeoutMs: 10 }, tell)
    const happen = {
      answer: async () => {
        answer.resolve(1)
        await answer.promise
        await Promise.resolve()
      },
      time: () => clock.advance(10),
      departure: () => res.emit('close'),
    }
    await happen[first]()
    expect(res.listenerCount('close') + clock.timers).toBe(0)
    for (const other of outcomes) await happen[other]()
    expect(tell).toHaveBeenCalledTimes(first === 'departure' ? 0 : 1)
  }
})

test('keeps what follows out of the promise, so that its exception is no unhandled rejection', async () => {
  const clock = new FakeClock()
  const seen = Promise.withResolvers<[string, unknown]>()
  const rejected = (error: unknown) => seen.resolve(['unhandledRejection', error])
  const thrown = (error: unknown) => seen.resolve(['uncaughtException', error])
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('unhandledRejection', rejected)
  process.once('uncaughtException', thrown)
  const fault = new Error('a host middleware fails')
  callHost(
    response(),
    async () => 1,
    { clock, timeoutMs: 10 },
    () => {
      throw fault
    },
  )
  const outcome = await seen.promise
  process.off('unhandledRejection', rejected)
  process.off('uncaughtException', thrown)
  for (const listener of others) process.on('uncaughtException', listener)
  expect(outcome).toEqual(['uncaughtException', fault])
})
