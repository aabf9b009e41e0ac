import { createGate } from '@sluice/core'
import { fromAsyncIterable } from '@sluice/sse-stream'
import { Readable } from 'node:stream'
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

/** A source in the test's hands: counts what it is asked, and answers when the test says so. */
class Source implements AsyncIterableIterator<number> {
  asked = 0
  returned = 0
  #answers: ((result: IteratorResult<number>) => void)[] = []

  next(): Promise<IteratorResult<number>> {
    this.asked++
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  return(): Promise<IteratorResult<number>> {
    this.returned++
    // As a generator does while a read is pending: it comes to that only afterwards.
    return new Promise(() => {})
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async answer(value: number): Promise<void> {
    this.#answers.shift()!({ done: false, value })
    await settled()
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

async function* count(to: number) {
  for (let value = 1; value <= to; value++) yield value
}

describe('fromAsyncIterable', () => {
  it('gives all values and completes', async () => {
    expect(await lastValueFrom(fromAsyncIterable(count(3)).pipe(toArray()))).toEqual([1, 2, 3])
  })

  it('asks for nothing before it is subscribed to, and then for one value at a time', async () => {
    const source = new Source()
    const values$ = fromAsyncIterable(source)
    expect(source.asked).toBe(0)
    const subscription = values$.subscribe()
    expect(source.asked).toBe(1)
    await source.answer(1)
    expect(source.asked).toBe(2)
    subscription.unsubscribe()
  })

  it('asks for nothing while the gate is held', async () => {
    const source = new Source()
    const gate = createGate()
    const values: number[] = []
    const subscription = fromAsyncIterable(source, { gate }).subscribe((value) =>
      values.push(value),
    )
    const release = gate.hold()
    await source.answer(1)
    expect([values, source.asked]).toEqual([[1], 1])
    release()
    expect(source.asked).toBe(2)
    subscription.unsubscribe()
  })

  it('lets a source go that stalls, without waiting for it', async () => {
    const source = new Source()
    let released = 0
    const values: number[] = []
    const subscription = fromAsyncIterable(source, { release: () => released++ }).subscribe(
      (value) => values.push(value),
    )
    subscription.unsubscribe()
    expect([source.returned, released]).toEqual([1, 1])
    await source.answer(1)
    expect(values).toEqual([])
    expect(source.asked).toBe(1)
  })

  it('asks no more when it is left while the gate is held', () => {
    const source = new Source()
    const gate = createGate()
    const release = gate.hold()
    fromAsyncIterable(source, { gate }).subscribe().unsubscribe()
    release()
    expect([source.asked, source.returned]).toEqual([0, 1])
  })

  it('cancels a web stream whose read is pending', async () => {
    let cancelled = false
    const stream = new ReadableStream<number>({ cancel: () => void (cancelled = true) })
    fromAsyncIterable(stream).subscribe().unsubscribe()
    await settled()
    expect(cancelled).toBe(true)
  })

  it('destroys a Node stream whose read is pending', async () => {
    const stream = new Readable({ read() {} })
    const subscription = fromAsyncIterable<Buffer>(stream).subscribe()
    subscription.unsubscribe()
    await settled()
    expect(stream.destroyed).toBe(true)
  })

  it('lets the source go when the subscriber has enough', async () => {
    let isReleased = false
    async function* endless() {
      try {
        for (;;) yield 1
      } finally {
        isReleased = true
      }
    }
    await firstValueFrom(fromAsyncIterable(endless()).pipe(take(1)))
    await settled()
    expect(isReleased).toBe(true)
  })

  it('fails as the source fails', async () => {
    const failure = new Error('broken')
    async function* broken() {
      yield 1
      throw failure
    }
    await expect(lastValueFrom(fromAsyncIterable(broken()))).rejects.toBe(failure)
  })

  it('does not tell a source to return that has ended', async () => {
    const iterator = count(1)
    let returned = 0
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => iterator.next(),
        return: async () => ({ done: true as const, value: returned++ }),
      }),
    }
    await lastValueFrom(fromAsyncIterable(source))
    expect(returned).toBe(0)
  })
})
