import { createGate } from '@sluice/core'
import { toNodeReadable } from '@sluice/sse-stream/node'
import { toSse } from '@sluice/sse-stream'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Observable, of, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { answerOf, batch, say } from './answers.ts'

describe('toNodeReadable', () => {
  it('gives the bytes of the answer', async () => {
    const all = await text(toNodeReadable(of(...answerOf(['hello'])).pipe(toSse())))
    expect(all).toContain('"content":"hello"')
    expect(all.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('gives other values in object mode', async () => {
    const values: unknown[] = []
    for await (const value of toNodeReadable(of(batch(say('a'))), { objectMode: true }))
      values.push(value)
    expect(values).toHaveLength(1)
  })

  it('subscribes when it is read, not before', () => {
    let subscriptions = 0
    const readable = toNodeReadable(
      new Observable<string>(() => {
        subscriptions++
      }),
    )
    expect(subscriptions).toBe(0)
    readable.resume()
    readable.read()
    expect(subscriptions).toBe(1)
    readable.destroy()
  })

  it('holds the gate while the reader is behind, and never gathers more', async () => {
    const gate = createGate()
    let most = 0
    const source = new Observable<Uint8Array>((subscriber) => {
      let given = 0
      const give = () => {
        while (gate.isOpen && given < 50) {
          given++
          subscriber.next(new Uint8Array(10))
        }
        if (given < 50) gate.whenOpen(give)
        else subscriber.complete()
      }
      give()
    })
    const readable = toNodeReadable(source, { gate, highWaterMark: 30 })
    let taken = 0
    const slow = new Writable({
      highWaterMark: 1,
      write(piece: Uint8Array, _encoding, done) {
        most = Math.max(most, readable.readableLength)
        taken += piece.length
        setImmediate(done)
      },
    })
    await pipeline(readable, slow)
    expect(taken).toBe(500)
    expect(most).toBeLessThanOrEqual(40)
  })

  it('unsubscribes when it is destroyed', async () => {
    const gate = createGate()
    const source = new Subject<string>()
    const readable = toNodeReadable(source, { gate, highWaterMark: 1 })
    readable.read()
    source.next('long')
    expect([source.observed, gate.isOpen]).toEqual([true, false])
    readable.destroy()
    await once(readable, 'close')
    expect([source.observed, gate.isOpen]).toEqual([false, true])
  })

  it('fails as the source fails', async () => {
    const readable = toNodeReadable(
      new Observable<string>((subscriber) => subscriber.error(new Error('broken'))),
    )
    await expect(text(readable)).rejects.toThrow('broken')
  })
})
