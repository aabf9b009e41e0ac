import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ApiError, createGate, type Batch, type Gate } from '@sluice/core'
import { DocumentBatch, EventBatch } from '@sluice/sse-stream/internal'
import { shareReplayed } from '@sluice/sse-stream'
import * as fc from 'fast-check'
import { Observable, of, take, type Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'

const encoder = new TextEncoder()

/** An upstream in the test's hands: counts its subscriptions and tells whether it is being held. */
class Upstream {
  readonly gate: Gate = createGate()
  starts = 0
  isOpen = false
  #subscriber: Subscriber<Batch> | undefined

  readonly answer = new Observable<Batch>((subscriber) => {
    this.starts++
    this.isOpen = true
    this.#subscriber = subscriber
    return () => (this.isOpen = false)
  })

  get isHeld(): boolean {
    return !this.gate.isOpen
  }

  say(text: string): void {
    this.#subscriber?.next(eventOf(text, this.gate))
  }

  sayBytes(length: number): void {
    this.#subscriber?.next(new EventBatch(new Uint8Array(length), this.gate))
  }

  complete(): void {
    this.#subscriber?.complete()
  }

  fail(error: unknown): void {
    this.#subscriber?.error(error)
  }
}

class Reader {
  readonly gate = createGate()
  readonly batches: Batch[] = []
  completed = false
  error: unknown
  readonly #subscription

  constructor(join: (gate: Gate) => Observable<Batch>) {
    this.#subscription = join(this.gate).subscribe({
      next: (batch) => this.batches.push(batch),
      error: (error: unknown) => (this.error = error),
      complete: () => (this.completed = true),
    })
  }

  get text(): string {
    return this.batches.map((batch) => batch.text()).join('')
  }

  get byteLength(): number {
    return this.batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
  }

  leave(): void {
    this.#subscription.unsubscribe()
  }
}

function eventOf(text: string, gate: Gate): EventBatch {
  const chunk = { id: 'c', choices: [{ index: 0, delta: { content: text }, finish_reason: null }] }
  return new EventBatch(encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`), gate)
}

function shared(limits: { maxBytes?: number; maxLagBytes?: number } = {}) {
  const upstream = new Upstream()
  const answer = shareReplayed({ gate: upstream.gate, ...limits })(upstream.answer)
  return { upstream, answer, read: () => new Reader((gate) => answer.join(gate)) }
}

function codeOf(error: unknown): string | undefined {
  return ApiError.is(error) ? error.code : undefined
}

describe('shareReplayed', () => {
  it('asks the source once and gives a late subscriber all there was before going live', () => {
    const { upstream, read } = shared()
    const early = read()
    upstream.say('one ')
    upstream.say('two ')
    const late = read()
    expect(late.text).toBe('one two ')
    upstream.say('three')
    upstream.complete()
    expect(upstream.starts).toBe(1)
    expect([early.text, late.text]).toEqual(['one two three', 'one two three'])
    expect([early.completed, late.completed]).toEqual([true, true])
  })

  it('replays an answer that has ended', () => {
    const { upstream, read } = shared()
    read()
    upstream.say('all of it')
    upstream.complete()
    const late = read()
    expect(late.text).toBe('all of it')
    expect(late.completed).toBe(true)
    expect(upstream.starts).toBe(1)
  })

  it('replays a failure after the batches that came before it', () => {
    const { upstream, read } = shared()
    const early = read()
    upstream.say('half')
    const failure = new ApiError('stream_incomplete', { message: 'cut' })
    upstream.fail(failure)
    const late = read()
    expect([early.error, late.error]).toEqual([failure, failure])
    expect(late.text).toBe('half')
  })

  it('gives each subscriber batches with its own gate, sharing bytes and parsed chunks', () => {
    const { upstream, read } = shared()
    const [a, b] = [read(), read()]
    upstream.say('x')
    const [first] = a.batches
    const [second] = b.batches
    expect(first?.gate).toBe(a.gate)
    expect(second?.gate).toBe(b.gate)
    expect(second?.bytes).toBe(first?.bytes)
    expect(second?.chunks()).toBe(first?.chunks())
  })

  it('keeps framing, usage and document of what it shares', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
    const document = { object: 'list' }
    const source = of(new DocumentBatch({ value: document }, createGate(), usage, 'application/x'))
    const reader = new Reader((gate) => shareReplayed()(source).join(gate))
    const [batch] = reader.batches
    expect(batch).toMatchObject({ framing: 'document', usage, contentType: 'application/x' })
    expect(batch?.document()).toBe(document)
  })

  it('gives the next batch when the subscriber is done with the one before', () => {
    const { upstream, answer } = shared()
    const log: string[] = []
    answer.subscribe((batch) => {
      log.push(`${batch.text()} begins`)
      if (batch.text() === 'a') upstream.say('b')
      log.push(`${batch.text()} ends`)
    })
    upstream.say('a')
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  it('makes a gate for a subscriber that brings none', () => {
    const { upstream, answer } = shared()
    const gates = new Set<Gate>()
    for (let count = 0; count < 2; count++) answer.subscribe((batch) => gates.add(batch.gate))
    upstream.say('x')
    expect(gates.size).toBe(2)
    expect(gates.has(upstream.gate)).toBe(false)
  })

  describe('with a slow subscriber', () => {
    it('lets the others go on, and gives the slow one the rest in order when it is ready', () => {
      const { upstream, read } = shared()
      const [slow, fast] = [read(), read()]
      upstream.say('a')
      const release = slow.gate.hold()
      upstream.say('b')
      upstream.say('c')
      upstream.complete()
      expect(fast.text).toBe('abc')
      expect(fast.completed).toBe(true)
      expect([slow.text, slow.completed]).toEqual(['a', false])
      release()
      expect([slow.text, slow.completed]).toEqual(['abc', true])
    })

    it('holds the source only while all subscribers hold their gates', () => {
      const { upstream, read } = shared()
      const [a, b] = [read(), read()]
      const releaseA = a.gate.hold()
      upstream.say('1')
      expect(upstream.isHeld).toBe(false)
      const releaseB = b.gate.hold()
      upstream.say('2')
      expect(upstream.isHeld).toBe(true)
      releaseB()
      expect(upstream.isHeld).toBe(false)
      releaseA()
      expect([a.text, b.text]).toEqual(['12', '12'])
    })

    it('holds the source at once when a lone subscriber closes its gate while it is given a batch', () => {
      const { upstream, answer } = shared()
      const gate = createGate()
      answer.join(gate).subscribe(() => gate.hold())
      upstream.say('1')
      expect(upstream.isHeld).toBe(true)
    })

    it('lets the source go on when the one who held it leaves or a ready one joins', () => {
      const { upstream, read } = shared()
      const [slow, other] = [read(), read()]
      slow.gate.hold()
      other.gate.hold()
      upstream.say('1')
      expect(upstream.isHeld).toBe(true)
      const ready = read()
      expect(upstream.isHeld).toBe(false)
      ready.gate.hold()
      upstream.say('2')
      expect(upstream.isHeld).toBe(true)
      slow.leave()
      other.leave()
      ready.leave()
      expect(upstream.isHeld).toBe(false)
      expect(upstream.isOpen).toBe(false)
    })

    it('holds the source when the last who kept up leaves', () => {
      const { upstream, read } = shared()
      const [slow, fast] = [read(), read()]
      slow.gate.hold()
      upstream.say('1')
      fast.leave()
      expect(upstream.isHeld).toBe(true)
    })

    it('does not wait for itself where a subscriber brings the source its own gate', () => {
      const { upstream, answer } = shared()
      const reader: Batch[] = []
      answer.join(upstream.gate).subscribe((batch) => reader.push(batch))
      const release = upstream.gate.hold()
      upstream.say('1')
      release()
      expect(upstream.isHeld).toBe(false)
      expect(reader).toHaveLength(1)
    })

    it('fails one who falls too far behind in an answer that is too long to be kept, and nobody else', () => {
      const { upstream, read } = shared({ maxBytes: 1000, maxLagBytes: 500 })
      const [slow, fast] = [read(), read()]
      slow.gate.hold()
      upstream.sayBytes(900)
      expect(slow.error).toBeUndefined()
      upstream.sayBytes(200)
      expect(codeOf(slow.error)).toBe('stream_incomplete')
      upstream.sayBytes(5000)
      upstream.complete()
      expect(fast.completed).toBe(true)
      expect(fast.byteLength).toBe(6100)
    })

    it('never fails a lone subscriber, however slow: the source waits', () => {
      const { upstream, read } = shared({ maxBytes: 1000, maxLagBytes: 500 })
      const lone = read()
      const release = lone.gate.hold()
      upstream.sayBytes(5000)
      expect(upstream.isHeld).toBe(true)
      expect(lone.error).toBeUndefined()
      release()
      upstream.complete()
      expect([lone.byteLength, lone.completed]).toEqual([5000, true])
    })

    it('keeps no more in memory than the limits allow', () => {
      setFlagsFromString('--expose-gc')
      const collect = runInNewContext('gc') as () => void
      const { upstream, answer } = shared({ maxBytes: 1024 * 1024, maxLagBytes: 256 * 1024 })
      let taken = 0
      answer.subscribe((batch) => (taken += batch.bytes.length))
      const gate = createGate()
      gate.hold()
      answer.join(gate).subscribe({ error: () => {} })
      collect()
      const before = process.memoryUsage().arrayBuffers
      for (let count = 0; count < 1024; count++) upstream.sayBytes(64 * 1024)
      // What one collection finds, its sweeper frees in the background; the next one waits for
      // that.
      collect()
      collect()
      expect(taken).toBe(64 * 1024 * 1024)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024)
    })
  })

  describe('when subscribers leave', () => {
    it('keeps the source for those who stay and stops it with the last', () => {
      const { upstream, read } = shared()
      const [first, second] = [read(), read()]
      upstream.say('1')
      first.leave()
      expect(upstream.isOpen).toBe(true)
      upstream.say('2')
      expect([first.text, second.text]).toEqual(['1', '12'])
      second.leave()
      expect(upstream.isOpen).toBe(false)
    })

    it('starts the source anew for one who comes after all have left', () => {
      const { upstream, read } = shared()
      const first = read()
      upstream.say('old')
      first.leave()
      const second = read()
      upstream.say('new')
      expect(upstream.starts).toBe(2)
      expect(second.text).toBe('new')
    })

    it('stops a source that emits while it is being subscribed to', () => {
      let stopped = false
      const source = new Observable<Batch>((subscriber) => {
        for (let count = 0; count < 3; count++) subscriber.next(eventOf('x', createGate()))
        return () => (stopped = true)
      })
      const texts: string[] = []
      source.pipe(shareReplayed(), take(1)).subscribe((batch) => texts.push(batch.text()))
      expect(texts).toEqual(['x'])
      expect(stopped).toBe(true)
    })

    it('leaves nothing behind in the gate of one who left', () => {
      const { upstream, answer } = shared()
      const gate = createGate()
      gate.hold()
      let waiting = 0
      const whenOpen = (listener: () => void) => {
        waiting++
        const stop = gate.whenOpen(listener)
        return () => {
          waiting--
          stop()
        }
      }
      const subscription = answer
        .join({
          isOpen: false,
          hold: () => gate.hold(),
          whenOpen,
          whenHeld: (listener) => gate.whenHeld(listener),
        })
        .subscribe()
      upstream.say('1')
      expect(waiting).toBe(1)
      subscription.unsubscribe()
      expect(waiting).toBe(0)
    })
  })

  describe('in an answer longer than it may keep', () => {
    it('says so, and refuses those who come too late', () => {
      const { upstream, answer, read } = shared({ maxBytes: 100 })
      const first = read()
      upstream.sayBytes(100)
      expect(answer.canJoin).toBe(true)
      upstream.sayBytes(1)
      expect(answer.canJoin).toBe(false)
      const late = read()
      expect(codeOf(late.error)).toBe('stream_incomplete')
      upstream.complete()
      expect(first.completed).toBe(true)
    })

    it('can be joined again once it has been forgotten', () => {
      const { upstream, answer, read } = shared({ maxBytes: 100 })
      const first = read()
      upstream.sayBytes(200)
      first.leave()
      expect(answer.canJoin).toBe(true)
      read()
      expect(upstream.starts).toBe(2)
    })
  })

  it('refuses options that it does not know', () => {
    expect(() => shareReplayed({ maxByte: 1 } as object)).toThrow(/Did you mean `maxBytes`/)
  })

  it('gives everyone the answer from its beginning, without gaps, whatever the order of events', () => {
    const step = fc.record({
      kind: fc.constantFrom('say', 'join', 'leave', 'hold', 'release'),
      who: fc.nat({ max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { upstream, read } = shared()
        const readers: { reader: Reader; release: (() => void) | undefined }[] = []
        let said = ''
        for (const { kind, who } of steps) {
          const one = readers[who]
          if (kind === 'join' && readers.length < 4) {
            if (!upstream.isOpen) said = ''
            readers.push({ reader: read(), release: undefined })
          } else if (kind === 'say' && upstream.isOpen && !upstream.isHeld) {
            const word = `${said.length},`
            said += word
            upstream.say(word)
          } else if (one !== undefined && kind === 'leave') {
            one.reader.leave()
            readers.splice(who, 1)
          } else if (one !== undefined && kind === 'hold') one.release ??= one.reader.gate.hold()
          else if (one !== undefined && kind === 'release') {
            one.release?.()
            one.release = undefined
          }
          for (const { reader, release } of readers) {
            if (release === undefined) expect(reader.text).toBe(said)
            else expect(said.startsWith(reader.text)).toBe(true)
          }
          expect(upstream.isOpen).toBe(readers.length > 0)
        }
      }),
    )
  })
})
