import { ApiError, createGate, type Batch } from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import type { Response, ResponseStreamEvent } from '@sluice/core/wire'
import { TypedEventBatch } from '@sluice/sse-stream/internal'
import { Subject, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BackgroundRun } from '../../src/responses/background-run.ts'

const gate = createGate()
const draft = draftResponse(
  { model: 'm', background: true },
  { id: 'resp_1', createdAt: 1, model: 'm', status: 'queued' },
)
const batch = (...events: Omit<ResponseStreamEvent, 'sequence_number'>[]): Batch =>
  new TypedEventBatch(
    {
      events: events.map(
        (event, index) => ({ ...event, sequence_number: index }) as ResponseStreamEvent,
      ),
    },
    gate,
  )
const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [] }
const inProgress = { type: 'response.in_progress', response: { ...draft, status: 'in_progress' } }
const delta = { type: 'response.output_text.delta', delta: 'Hi' }
const itemDone = { type: 'response.output_item.done', output_index: 0, item: message }
const completed = {
  type: 'response.completed',
  response: { ...draft, status: 'completed', output: [message] },
}

function begin(maxBytes = 100_000) {
  const ends: (ApiError | undefined)[] = []
  const source = new Subject<Batch>()
  const run = new BackgroundRun({ draft, maxBytes, onEnd: (failure) => ends.push(failure) })
  const refusal = run.start(source)
  return { run, source, ends, refusal }
}

function follow(run: BackgroundRun, after = -1, held = createGate()) {
  const seen: (string | number)[] = []
  const subscription = run.follow(after, held).subscribe({
    next: (one) =>
      seen.push(...(one.chunks() as ResponseStreamEvent[]).map((event) => event.sequence_number)),
    complete: () => seen.push('end'),
  })
  return { seen, subscription }
}

describe('BackgroundRun', () => {
  it('is queued at once, in progress when the upstream has begun, and done with its end', () => {
    const { run, source, ends } = begin()
    const statuses = [run.response.status]
    for (const one of [batch(inProgress), batch(itemDone), batch(completed)]) {
      source.next(one)
      statuses.push(run.response.status)
      expect(run.response.output.length).toBe(statuses.length > 2 ? 1 : 0)
    }
    expect(statuses).toEqual(['queued', 'in_progress', 'in_progress', 'completed'])
    expect(ends).toEqual([undefined])
  })

  it('numbers its events without a gap from its own first ones', () => {
    const { run, source } = begin()
    source.next(batch({ type: 'response.created', response: draft }, inProgress, delta))
    source.next(batch(completed))
    expect(run.events.map((event) => [event.sequence_number, event.type])).toEqual([
      [0, 'response.created'],
      [1, 'response.queued'],
      [2, 'response.in_progress'],
      [3, 'response.output_text.delta'],
      [4, 'response.completed'],
    ])
  })

  it('gives followers what they have missed, then each event as it comes', () => {
    const { run, source } = begin()
    const early = follow(run)
    source.next(batch(inProgress, delta))
    const late = follow(run, 2)
    source.next(batch(completed))
    const after = follow(run, 3)
    const beyond = follow(run, 99)
    expect(early.seen).toEqual([0, 1, 2, 3, 4, 'end'])
    expect(late.seen).toEqual([3, 4, 'end'])
    expect(after.seen).toEqual([4, 'end'])
    expect(beyond.seen).toEqual(['end'])
  })

  it('goes on when those who follow it leave', () => {
    const { run, source } = begin()
    follow(run).subscription.unsubscribe()
    expect(source.observed).toBe(true)
    source.next(batch(completed))
    expect(run.response.status).toBe('completed')
  })

  it('makes a slow follower wait without making the others wait', () => {
    const { run, source } = begin()
    const held = createGate()
    const release = held.hold()
    const slow = follow(run, -1, held)
    const quick = follow(run)
    source.next(batch(inProgress, delta))
    source.next(batch(completed))
    expect([slow.seen, quick.seen]).toEqual([[], [0, 1, 2, 3, 4, 'end']])
    release()
    expect(slow.seen).toEqual([0, 1, 2, 3, 4, 'end'])
  })

  it('stops the upstream when it is cancelled, and ends for those who follow it', () => {
    const { run, source, ends } = begin()
    const { seen } = follow(run)
    source.next(batch(inProgress))
    run.cancel()
    run.cancel()
    expect(source.observed).toBe(false)
    expect(run.response.status).toBe('cancelled')
    expect(seen).toEqual([0, 1, 2, 3, 'end'])
    expect(ends).toEqual([undefined])
  })

  it('tells a refusal on the spot from a failure later', () => {
    const failure = new ApiError('rate_limit_exceeded', { message: 'Too many.' })
    const refused = new BackgroundRun({ draft, maxBytes: 1000, onEnd: () => {} })
    expect(refused.start(throwError(() => failure))).toBe(failure)
    const { run, source, ends, refusal } = begin()
    source.error(failure)
    expect(refusal).toBeUndefined()
    expect(run.response).toMatchObject({ status: 'failed', error: { code: 'rate_limit_exceeded' } })
    expect(run.events.slice(2).map(({ type }) => type)).toEqual(['error', 'response.failed'])
    expect(ends).toEqual([failure])
  })

  it('fails where the upstream ends without an answer', () => {
    const { run, source } = begin()
    source.complete()
    expect(run.response.status).toBe('failed')
  })

  it('gathers no more than it may', () => {
    const { run, source } = begin(800)
    source.next(batch({ ...delta, delta: 'x'.repeat(400) }))
    expect(run.response.status).toBe('queued')
    source.next(batch({ ...delta, delta: 'x'.repeat(400) }))
    expect(run.response.status).toBe('failed')
    expect(source.observed).toBe(false)
  })

  it('takes a whole answer for a stream', () => {
    const { run, source } = begin()
    const whole = { ...draft, status: 'completed', output: [message] } as Response
    source.next({
      ...batch(),
      framing: 'document',
      bytes: new Uint8Array(1),
      document: () => whole,
    })
    expect(run.events.at(-1)).toMatchObject({ type: 'response.completed', response: whole })
  })
})
