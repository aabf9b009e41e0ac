import { createGate } from '@sluice/core'
import { toReadableStream, toSse } from '@sluice/sse-stream'
import { of, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { answerOf, batchAt, say } from './answers.ts'

describe('toReadableStream', () => {
  it('is the body of a response', async () => {
    const body = toReadableStream(of(...answerOf(['hello'])).pipe(toSse()))
    const text = await new Response(body).text()
    expect(text).toContain('"content":"hello"')
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('holds the gate while the reader is behind', async () => {
    const gate = createGate()
    const source = new Subject<Uint8Array>()
    const reader = toReadableStream(source, { gate, highWaterMark: 10 }).getReader()
    source.next(new Uint8Array(6))
    expect(gate.isOpen).toBe(true)
    source.next(new Uint8Array(6))
    expect(gate.isOpen).toBe(false)
    await reader.read()
    expect(gate.isOpen).toBe(true)
    await reader.cancel()
  })

  it('measures batches by their bytes and finds their gate', async () => {
    const gate = createGate()
    const source = new Subject<ReturnType<typeof batchAt>>()
    const reader = toReadableStream(source, { highWaterMark: 20 }).getReader()
    source.next(batchAt(gate, say('a')))
    expect(gate.isOpen).toBe(false)
    await reader.cancel()
    expect(gate.isOpen).toBe(true)
  })

  it('unsubscribes when it is cancelled', async () => {
    const source = new Subject<string>()
    const stream = toReadableStream(source)
    expect(source.observed).toBe(true)
    await stream.cancel()
    expect(source.observed).toBe(false)
  })

  it('breaks as the source fails', async () => {
    const gate = createGate()
    const source = new Subject<string>()
    const reader = toReadableStream(source, { gate, highWaterMark: 1 }).getReader()
    source.next('long')
    expect(gate.isOpen).toBe(false)
    source.error(new Error('broken'))
    await expect(reader.read()).rejects.toThrow('broken')
    expect(gate.isOpen).toBe(true)
  })
})
