import { ApiError, createGate, type Batch } from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import type { Response, ResponseStreamEvent } from '@sluice/core/wire'
import { DocumentBatch, TypedEventBatch } from '@sluice/sse-stream/internal'
import {
  concat,
  lastValueFrom,
  NEVER,
  of,
  Subject,
  throwError,
  toArray,
  type Observable,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { settledResponse } from '../../src/responses/settled-response.ts'

const gate = createGate()
const response = (status: Response['status']) =>
  draftResponse({ model: 'm' }, { id: 'resp_1', createdAt: 1, model: 'm', status })
const batch = (...events: ResponseStreamEvent[]): Batch =>
  new TypedEventBatch<ResponseStreamEvent, Response>({ events }, gate)
const created = { type: 'response.created', sequence_number: 0, response: response('in_progress') }
const delta = { type: 'response.output_text.delta', sequence_number: 1, delta: 'Hi' }
const completed = {
  type: 'response.completed',
  sequence_number: 2,
  response: response('completed'),
}
const broken = new ApiError('upstream_error', { message: 'It broke.' })

const eventsOf = async (answer: Observable<Batch>) =>
  (await lastValueFrom(answer.pipe(toArray()))).flatMap(
    (one) => one.chunks() as ResponseStreamEvent[],
  )

describe('settledResponse', () => {
  it('hands on batches as they are where nothing has to change', async () => {
    const batches = [batch(created), batch(delta), batch(completed)]
    const out = await lastValueFrom(settledResponse(of(...batches), { gate }).pipe(toArray()))
    expect(out.every((one, index) => one === batches[index])).toBe(true)
  })

  it('puts in what is known better here, wherever the response stands', async () => {
    const answer = settledResponse(of(batch(created), batch(delta), batch(completed)), {
      gate,
      patch: { previous_response_id: 'resp_0' },
    })
    const events = await eventsOf(answer)
    expect(
      events.map((event) => (event['response'] as Response | undefined)?.['previous_response_id']),
    ).toEqual(['resp_0', undefined, 'resp_0'])
    const document = await lastValueFrom(
      settledResponse(of(new DocumentBatch({ value: response('completed') }, gate)), {
        gate,
        patch: { id: 'resp_2' },
      }),
    )
    expect((document.document() as Response).id).toBe('resp_2')
  })

  it('does not take a text for a response', async () => {
    const said = {
      type: 'response.output_text.delta',
      sequence_number: 1,
      delta: '{"response":{"status":"completed"}}',
    }
    const events = await eventsOf(
      settledResponse(of(batch(created), batch(said), batch(completed)), {
        gate,
        patch: { id: 'x' },
      }),
    )
    expect(events[1]).toEqual(said)
  })

  it('holds the end until the response is kept', async () => {
    let kept: (isKept: boolean) => void = () => {}
    const seen: string[] = []
    const source = new Subject<Batch>()
    settledResponse(source, {
      gate,
      keep: () => new Promise((resolve) => (kept = resolve)),
    }).subscribe({
      next: (one) => seen.push(...(one.chunks() as ResponseStreamEvent[]).map(({ type }) => type)),
      complete: () => seen.push('complete'),
    })
    source.next(batch(created))
    source.next(batch(completed))
    source.complete()
    await Promise.resolve()
    expect(seen).toEqual(['response.created'])
    kept(true)
    await Promise.resolve()
    await Promise.resolve()
    expect(seen).toEqual(['response.created', 'response.completed', 'complete'])
  })

  it('says so where the response could not be kept', async () => {
    const keep = () => Promise.resolve(false)
    const events = await eventsOf(
      settledResponse(of(batch(created), batch(completed)), { gate, keep }),
    )
    expect((events.at(-1)!['response'] as Response)['store']).toBe(false)
    const document = settledResponse(
      of(new DocumentBatch({ value: response('completed') }, gate)),
      { gate, keep },
    )
    expect(((await lastValueFrom(document)).document() as Response)['store']).toBe(false)
  })

  it('ends a stream that breaks with an error and response.failed, counted on', async () => {
    const told: ApiError[] = []
    const kept: Response[] = []
    const events = await eventsOf(
      settledResponse(
        concat(
          of(batch(created), batch(delta)),
          throwError(() => broken),
        ),
        {
          gate,
          onBroken: (error) => told.push(error),
          keep: (one) => {
            kept.push(one)
            return Promise.resolve(true)
          },
        },
      ),
    )
    expect(events.slice(2)).toEqual([
      {
        type: 'error',
        sequence_number: 2,
        code: 'upstream_error',
        message: 'It broke.',
        param: null,
        error: broken.toBody().error,
      },
      {
        type: 'response.failed',
        sequence_number: 3,
        response: { ...response('failed'), error: { code: 'server_error', message: 'It broke.' } },
      },
    ])
    expect(told).toEqual([broken])
    expect(kept.map(({ status }) => status)).toEqual(['failed'])
  })

  it('never lets a stream that stops half-way look finished', async () => {
    const events = await eventsOf(settledResponse(of(batch(created), batch(delta)), { gate }))
    expect(events.slice(2).map(({ type }) => type)).toEqual(['error', 'response.failed'])
    expect(events[2]).toMatchObject({ code: 'stream_incomplete' })
  })

  it('leaves a failure before the first batch a failure', async () => {
    await expect(
      eventsOf(
        settledResponse(
          throwError(() => broken),
          { gate },
        ),
      ),
    ).rejects.toBe(broken)
  })

  it('stops the source when nobody listens any more', () => {
    const source = new Subject<Batch>()
    const subscription = settledResponse(concat(source, NEVER), { gate }).subscribe()
    expect(source.observed).toBe(true)
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
  })
})
