import { createGate } from '@sluice/core'
import { toAsyncIterable } from '@sluice/sse-stream'
import { EMPTY, Observable, of, Subject, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { batchAt, say } from './answers.ts'

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of iterable) values.push(value)
  return values
}

describe('toAsyncIterable', () => {
  it('gives all values to the loop', async () => {
    expect(await all(toAsyncIterable(of(1, 2, 3)))).toEqual([1, 2, 3])
    expect(await all(toAsyncIterable(EMPTY))).toEqual([])
  })

  it('subscribes when the loop begins, once for each loop', async () => {
    let subscriptions = 0
    const iterable = toAsyncIterable(
      new Observable<number>((subscriber) => {
        subscriptions++
        subscriber.complete()
      }),
    )
    iterable[Symbol.asyncIterator]()
    expect(subscriptions).toBe(0)
    await all(iterable)
    await all(iterable)
    expect(subscriptions).toBe(2)
  })

  it('unsubscribes when the loop is left', async () => {
    const source = new Subject<number>()
    const loop = (async () => {
      for await (const value of toAsyncIterable(source)) if (value === 2) break
    })()
    source.next(1)
    source.next(2)
    expect(source.observed).toBe(true)
    await loop
    expect(source.observed).toBe(false)
  })

  it('throws an error in the loop, once what came before has been taken', async () => {
    const failure = new Error('broken')
    const seen: number[] = []
    const source = new Observable<number>((subscriber) => {
      subscriber.next(1)
      subscriber.next(2)
      subscriber.error(failure)
    })
    const loop = (async () => {
      for await (const value of toAsyncIterable(source)) seen.push(value)
    })()
    await expect(loop).rejects.toBe(failure)
    expect(seen).toEqual([1, 2])
  })

  it('ends after an error', async () => {
    const iterator = toAsyncIterable(throwError(() => new Error('broken')))[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toThrow('broken')
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('holds the gate while the loop is behind', async () => {
    const gate = createGate()
    const source = new Subject<number>()
    const iterator = toAsyncIterable(source, { gate, maxQueued: 2 })[Symbol.asyncIterator]()
    const first = iterator.next()
    source.next(0)
    await first
    source.next(1)
    expect(gate.isOpen).toBe(true)
    source.next(2)
    expect(gate.isOpen).toBe(false)
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    expect(gate.isOpen).toBe(true)
  })

  it('finds the gate of batches by itself, and opens it when the loop is left', async () => {
    const gate = createGate()
    const source = new Subject<ReturnType<typeof batchAt>>()
    const iterator = toAsyncIterable(source, { maxQueued: 1 })[Symbol.asyncIterator]()
    const first = iterator.next()
    source.next(batchAt(gate, say('a')))
    await first
    source.next(batchAt(gate, say('b')))
    expect(gate.isOpen).toBe(false)
    await iterator.return!()
    expect(gate.isOpen).toBe(true)
    expect(source.observed).toBe(false)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('answers reads in the order in which they were asked', async () => {
    const source = new Subject<number>()
    const iterator = toAsyncIterable(source)[Symbol.asyncIterator]()
    const reads = [iterator.next(), iterator.next(), iterator.next()]
    source.next(1)
    source.next(2)
    source.complete()
    expect((await Promise.all(reads)).map(({ value }) => value)).toEqual([1, 2, undefined])
  })
})
