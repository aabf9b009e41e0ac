import { faultVendor, type FaultVendor } from '@sluice/conformance'
import { ApiError, call, ConfigError, type Batch, type Call } from '@sluice/core'
import { defineProvider, openaiCompatibleSpec, withFailover } from '@sluice/providers'
import { hostedRelay } from '@sluice/providers/hosted-relay'
import { lastValueFrom, throwError, toArray, type Observable } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let first: FaultVendor
let spare: FaultVendor
beforeEach(async () => {
  first = await faultVendor()
  spare = await faultVendor()
})
afterEach(async () => {
  await first.close()
  await spare.close()
})

const hosted = () =>
  hostedRelay({
    baseURL: `${first.url}/v1`,
    fallbackBaseURL: `${spare.url}/v1`,
    apiKey: 'sk-relay-key',
  })
const ask = (stream = false): Call<'chat.completions'> =>
  call('chat.completions', { model: 'm', messages: [{ role: 'user', content: 'Hello.' }], stream })
const text = async (answer$: Observable<Batch>) =>
  (await lastValueFrom(answer$.pipe(toArray()))).map((batch) => batch.text()).join('')
const failure = (answer$: Observable<Batch>) =>
  lastValueFrom(answer$).then(
    () => undefined,
    (error: unknown) => error as ApiError,
  )

describe('relay', () => {
  it('leaves the spare alone while the first is there', async () => {
    expect(await text(hosted()(ask()))).toBe('Hello from a vendor 🌍.')
    expect([first.requests.length, spare.requests.length]).toEqual([1, 0])
  })

  it.each([
    ['refuses connections', () => first.refuse()],
    ['breaks them off before a word', () => first.queue(() => [{ do: 'reset' }])],
    ['ends them before a word', () => first.queue(() => [{ do: 'half-close' }])],
  ])('asks the spare, with the same key and body, where the first %s', async (_what, fail) => {
    fail()
    const asked = ask(true)
    expect(await text(hosted()(asked))).toBe('Hello from a vendor 🌍.')
    const [request] = spare.requests
    expect(request).toMatchObject({
      path: '/v1/chat/completions',
      json: { model: 'm', stream: true },
    })
    expect(request!.headers['authorization']).toBe('Bearer sk-relay-key')
    expect(asked.report.attempts).toBe(2)
  })

  it('fails as the spare fails where neither can be reached', async () => {
    first.refuse()
    spare.refuse()
    expect(await failure(hosted()(ask()))).toMatchObject({
      status: 502,
      code: 'upstream_unreachable',
    })
  })

  it.each([
    ['a refusal', 'rate-limited', 429],
    ['a failure', 'status-500', 500],
    ['a page', 'html', 502],
    ['an answer that breaks off', 'reset-mid-answer', 502],
  ])('takes %s of the first as final', async (_what, fault, status) => {
    const asked = call('chat.completions', { model: `fault:${fault}`, messages: [], stream: true })
    expect(await failure(hosted()(asked))).toMatchObject({ status })
    expect(spare.requests).toEqual([])
  })

  it('closes whichever of the two is answering when it is given up', async () => {
    first.refuse()
    spare.queue(() => [{ do: 'stall' }])
    const subscription = hosted()(ask(true)).subscribe({ error: () => {} })
    const request = await spare.next()
    subscription.unsubscribe()
    await request.closed
    expect(spare.openSockets).toBe(0)
  })

  it('works with one address alone', async () => {
    first.refuse()
    const alone = hostedRelay({ baseURL: `${first.url}/v1` })
    expect(await failure(alone(ask()))).toMatchObject({ code: 'upstream_unreachable' })
  })

  it('needs an address', () => {
    expect(() => hostedRelay({} as { baseURL: string })).toThrow(ConfigError)
    expect(() => hostedRelay({ baseURL: first.url, fallbackBaseURL: 'not a URL' })).toThrow(
      ConfigError,
    )
  })
})

describe('withFailover', () => {
  it('joins any two providers, under the name of the first', () => {
    const one = defineProvider(
      openaiCompatibleSpec({ id: 'one', baseURL: first.url, embeddings: false }),
    )()
    const two = defineProvider(openaiCompatibleSpec({ id: 'two', baseURL: spare.url }))()
    const both = withFailover(one, two)
    expect(both.id).toBe('one')
    expect(both.supports('chat.completions')).toBe(true)
    expect(both.supports('embeddings')).toBe(false)
    both.close()
  })

  it('passes on what is no error of the API', async () => {
    const mistake = new TypeError('a mistake in a handler')
    const broken = Object.assign(() => throwError(() => mistake), {
      id: 'broken',
      supports: () => true,
      close() {},
    })
    expect(await failure(withFailover(broken, broken)(ask()))).toBe(mistake)
  })
})
