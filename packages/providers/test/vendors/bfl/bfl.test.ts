import { ApiError, call, type Batch } from '@sluice/core'
import type { ImageGenerateParams, ImagesResponse } from '@sluice/core/wire'
import { bfl } from '@sluice/providers/bfl'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../../../sse-stream/test/fake-clock.ts'
import { uploaded } from '../../operations/files.ts'
import { upstream } from '../../upstream.ts'

const SAMPLE = 'https://delivery.example/sample.png'
const ORDER = { id: 'order/1', polling_url: 'https://elsewhere.example/get_result?id=order/1' }

/** A vendor that takes an order and answers questions with these states, the last one for ever. */
const vendor = (...states: readonly (string | number)[]) => {
  let asked = 0
  return upstream((req, res) => {
    if (req.method === 'POST') return void res.end(JSON.stringify(ORDER))
    const state = states[Math.min(asked++, states.length - 1)]!
    if (typeof state === 'number') return void res.writeHead(state).end('{"detail":"busy"}')
    const result = state === 'Ready' ? { sample: SAMPLE, prompt: 'a cat' } : null
    res.end(JSON.stringify({ id: ORDER.id, status: state, result }))
  })
}
const params: ImageGenerateParams = { model: 'flux-kontext-pro', prompt: 'a cat' }
const first = <T>(source: Observable<T>): Promise<T> => lastValueFrom(source)
const failureOf = (source: Observable<unknown>): Promise<ApiError> =>
  lastValueFrom(source.pipe(toArray())).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )

/** Lets the fake time go on whenever the provider waits, and tells how long it waited each time. */
function patient() {
  const clock = fakeClock()
  const pauses: number[] = []
  const setTimeout = clock.setTimeout.bind(clock)
  const patientClock = Object.assign(clock, {
    setTimeout(callback: () => void, delayMs: number) {
      const timer = setTimeout(callback, delayMs)
      // The transport's own limits are longer than any pause between questions.
      if (delayMs >= 500 && delayMs <= 5000 && delayMs !== 1000) {
        pauses.push(Math.round(delayMs))
        setImmediate(() => clock.advance(delayMs))
      }
      return timer
    },
  })
  return { clock: patientClock, pauses }
}

describe('bfl', () => {
  it('orders a picture, asks until it is done, and gives its URL', async () => {
    await using up = await vendor('Pending', 'Pending', 'Ready')
    const { clock, pauses } = patient()
    const asked = call('images.generate', {
      ...params,
      size: '1792x1024',
      quality: 'hd',
      seed: 7,
      response_format: 'url',
    })
    const batch = await first(bfl({ baseURL: up.url, apiKey: 'k', clock })(asked))
    expect(batch.document()).toEqual({
      created: Math.floor(clock.wall() / 1000),
      data: [{ url: SAMPLE }],
    })
    expect(up.requests[0]!.url).toBe('/v1/flux-kontext-pro')
    expect(up.requests[0]!.headers['x-key']).toBe('k')
    expect(JSON.parse(up.requests[0]!.body)).toEqual({
      prompt: 'a cat',
      seed: 7,
      aspect_ratio: '16:9',
      output_format: 'png',
    })
    expect(up.requests.slice(1).map(({ method, url }) => `${method} ${url}`)).toEqual(
      Array.from({ length: 3 }, () => 'GET /v1/get_result?id=order%2F1'),
    )
    expect(pauses).toEqual([500, 750, 1125])
    expect([asked.report.attempts, asked.report.droppedParams]).toEqual([1, ['quality']])
  })

  it('sends the pictures that are to be changed as base64', async () => {
    await using up = await vendor('Ready')
    const image = [
      uploaded('first picture', 'a.png', 'image/png'),
      uploaded('x', 'b.png', 'image/png'),
    ]
    await first(
      bfl({ baseURL: up.url, clock: patient().clock })(call('images.edit', { ...params, image })),
    )
    expect(JSON.parse(up.requests[0]!.body)).toMatchObject({
      input_image: Buffer.from('first picture').toString('base64'),
      input_image_2: Buffer.from('x').toString('base64'),
    })
  })

  it('bears some failed questions, because the order stands', async () => {
    await using up = await vendor(503, 429, 'Pending', 500, 'Ready')
    const batch = (await first(
      bfl({ baseURL: up.url, clock: patient().clock })(call('images.generate', params)),
    )) as Batch<unknown, ImagesResponse>
    expect(batch.document()!.data).toEqual([{ url: SAMPLE }])
  })

  const failures: [string, (string | number)[], number, string][] = [
    ['keep failing', [503], 503, 'upstream_unavailable'],
    ['say that the order is unknown', ['Task not found'], 502, 'upstream_error'],
    [
      'say that the prompt was refused',
      ['Pending', 'Request Moderated'],
      400,
      'content_policy_violation',
    ],
    ['say that the picture was refused', ['Content Moderated'], 400, 'content_policy_violation'],
    ['are refused', [404], 404, 'not_found'],
    ['go on for longer than allowed', ['Pending'], 504, 'upstream_timeout'],
  ]
  it.each(failures)('fails where the questions %s', async (_name, states, status, code) => {
    await using up = await vendor(...states)
    const provider = bfl({ baseURL: up.url, clock: patient().clock, timeouts: { totalMs: 20_000 } })
    const error = await failureOf(provider(call('images.generate', params)))
    expect([error.status, error.wireCode]).toEqual([status, code])
  })

  it('asks no more once the caller has left', async () => {
    await using up = await vendor('Pending')
    const clock = fakeClock()
    const subscription = bfl({ baseURL: up.url, clock })(
      call('images.generate', params),
    ).subscribe()
    await expect.poll(() => up.requests.length).toBe(1)
    await expect.poll(() => (clock.advance(500), up.requests.length)).toBeGreaterThan(1)
    subscription.unsubscribe()
    const asked = up.requests.length
    expect(clock.pending).toBe(0)
    clock.advance(60_000)
    expect(up.requests.length).toBe(asked)
  })

  const refused: [string, Partial<ImageGenerateParams>, string][] = [
    ['several pictures', { n: 2 }, 'n'],
    ['a stream', { stream: true }, 'stream'],
    ['base64', { response_format: 'b64_json' }, 'response_format'],
    ['WebP', { output_format: 'webp' }, 'output_format'],
  ]
  it.each(refused)('refuses %s by name, before it orders', async (_name, changes, param) => {
    await using up = await vendor('Ready')
    const error = await failureOf(
      bfl({ baseURL: up.url })(call('images.generate', { ...params, ...changes })),
    )
    expect([error.status, error.param, up.requests.length]).toEqual([400, param, 0])
  })

  it('says by name what it does not do', async () => {
    const error = await failureOf(
      bfl({ apiKey: 'x' })(call('chat.completions', { model: 'flux', messages: [] })),
    )
    expect([error.status, error.code, error.message]).toEqual([
      404,
      'unsupported_endpoint',
      'bfl does not offer chat.completions.',
    ])
  })
})
