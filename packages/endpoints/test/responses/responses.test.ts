import { request, type IncomingMessage } from 'node:http'
import { ConfigError, type ResponseStore, type StoredResponse } from '@sluice/core'
import { draftResponse } from '@sluice/core/internal'
import { endpoints, memoryResponseStore } from '@sluice/endpoints'
import { describe, expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'
import { scripted, surface } from './surface.ts'

const create = { model: 'm', input: 'Hi' }

describe('/responses', () => {
  it.each([{ maxChains: 1 }, { ttlMs: 0 }, { store: 'redis' }])(
    'refuses to be set up with %j',
    (responses) => {
      expect(() => endpoints(scripted().handler, { responses: responses as never })).toThrow(
        ConfigError,
      )
    },
  )

  it('keeps a response, streamed or not, for whom it belongs to', async () => {
    const { ask } = await surface()
    const { json } = await ask('POST', '/responses', create)
    expect((await ask('GET', `/responses/${json.id}`)).json).toEqual(json)
    const streamed = await ask('POST', '/responses', { ...create, stream: true })
    expect(streamed.text).toMatch(
      /^event: response\.created\ndata: \{.*\}\n\nevent: response\.completed\ndata: \{.*\}\n\n$/,
    )
    expect((await ask('GET', '/responses/resp_2')).json.status).toBe('completed')
  })

  it('answers alike for what is unknown, deleted, expired, and another’s', async () => {
    const clock = new FakeClock()
    const { ask } = await surface({ clock, responses: { ttlMs: 1000 } })
    for (let count = 0; count < 3; count++) await ask('POST', '/responses', create)
    await ask('DELETE', '/responses/resp_1')
    const asked = [
      await ask('GET', '/responses/resp_9'),
      await ask('GET', '/responses/resp_1'),
      await ask('GET', '/responses/resp_2', undefined, 'a/bob'),
      await ask('GET', '/responses/resp_2', undefined, 'b/ann'),
      await ask('GET', '/responses/resp_2', undefined, ''),
    ]
    clock.advance(1001)
    asked.push(await ask('GET', '/responses/resp_3'), await ask('DELETE', '/responses/resp_3'))
    asked.push(
      await ask('POST', '/responses/resp_3/cancel'),
      await ask('GET', '/responses/resp_3/input_items'),
    )
    asked.push(
      await ask('GET', '/responses/resp_3?stream=true'),
      await ask('GET', '/responses/%2e%2e%2fx'),
    )
    const said = asked.map(({ status, json }) => [
      status,
      json.error.message.replace(/'.*'/, ''),
      json.error.type,
    ])
    expect(new Set(said.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify([404, 'Response with id  not found.', 'invalid_request_error'])]),
    )
  })

  it('puts what was said before in front, oldest first, and names the response before', async () => {
    const { ask, asked } = await surface()
    await ask('POST', '/responses', { ...create, input: 'one', instructions: 'Be brief.' })
    await ask('POST', '/responses', { ...create, input: 'two', previous_response_id: 'resp_1' })
    const { json } = await ask('POST', '/responses', {
      ...create,
      input: 'three',
      previous_response_id: 'resp_2',
    })
    expect(json.previous_response_id).toBe('resp_2')
    const texts = (asked[2]!.input as unknown as { content: { text: string }[] }[]).map(
      ({ content }) => content[0]!.text,
    )
    expect(texts).toEqual(['one', 'answer 1', 'two', 'answer 2', 'three'])
    expect([asked[2]!.previous_response_id, asked[2]!.instructions]).toEqual([undefined, undefined])
    const listed = (await ask('GET', '/responses/resp_3/input_items')).json
    expect(
      listed.data.map((item: { content: { text: string }[] }) => item.content[0]!.text),
    ).toEqual(['three'])
  })

  it('refuses a previous response that is not the caller’s own', async () => {
    const { ask, asked } = await surface()
    await ask('POST', '/responses', create)
    const { status, json } = await ask(
      'POST',
      '/responses',
      { ...create, previous_response_id: 'resp_1' },
      'b/bob',
    )
    expect([status, json.error.code, json.error.param]).toEqual([
      400,
      'previous_response_not_found',
      'previous_response_id',
    ])
    expect(asked.length).toBe(1)
  })

  it('bounds a chain of ten thousand responses, by number and by bytes', async () => {
    const chain = (size: number): ResponseStore => ({
      get: (_owner, id) => {
        const at = Number(id.slice(5))
        const previous = { previous_response_id: at === 0 ? null : `resp_${at - 1}` }
        const response = draftResponse(
          { model: 'm' },
          { id, createdAt: 1, model: 'm', status: 'completed' },
        )
        return {
          response: { ...response, ...previous },
          input: [{ type: 'message', role: 'user', content: 'x' }],
          size,
        }
      },
      put: () => {},
      delete: () => true,
    })
    const long = await surface({ responses: { store: chain(10) } })
    const tooMany = await long.ask('POST', '/responses', {
      ...create,
      previous_response_id: 'resp_9999',
    })
    expect([tooMany.status, tooMany.json.error.code, long.asked.length]).toEqual([
      400,
      'context_length_exceeded',
      0,
    ])
    const ok = await long.ask('POST', '/responses', { ...create, previous_response_id: 'resp_499' })
    expect([ok.status, long.asked[0]!.input!.length]).toEqual([200, 501])
    const wide = await surface({
      responses: { store: chain(1_000_000), maxChainBytes: 20_000_000 },
    })
    const tooBig = await wide.ask('POST', '/responses', {
      ...create,
      previous_response_id: 'resp_499',
    })
    expect([tooBig.status, tooBig.json.error.code]).toEqual([400, 'context_length_exceeded'])
  })

  it('still answers where the store is down, and says that the response was not kept', async () => {
    const down: ResponseStore = {
      get: () => Promise.reject(new Error('down')),
      put: () => {
        throw new Error('down')
      },
      delete: () => Promise.reject(new Error('down')),
    }
    const { ask, errors } = await surface({ responses: { store: down } })
    const made = await ask('POST', '/responses', create)
    expect([made.status, made.json.output.length, made.json.store]).toEqual([200, 1, false])
    expect((await ask('POST', '/responses', { ...create, stream: true })).text).toContain(
      '"store":false',
    )
    expect(errors.map(({ status }) => status)).toEqual([503, 503])
    const refused = [
      await ask('GET', '/responses/resp_1'),
      await ask('DELETE', '/responses/resp_1'),
      await ask('POST', '/responses/resp_1/cancel'),
      await ask('GET', '/responses/resp_1/input_items'),
      await ask('POST', '/responses', { ...create, previous_response_id: 'resp_1' }),
      await ask('POST', '/responses', { ...create, background: true }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 503])
    expect(refused[0]!.headers.get('retry-after')).toBe('1')
  })

  it('does not wait for a store that never answers', async () => {
    const never = new Promise<never>(() => {})
    const { ask } = await surface({
      responses: {
        store: { get: () => never, put: () => never, delete: () => never },
        storeTimeoutMs: 20,
      },
    })
    expect((await ask('GET', '/responses/resp_1')).status).toBe(503)
    expect((await ask('POST', '/responses', create)).json.store).toBe(false)
  })

  it('keeps nothing and hands previous_response_id on where it is set up so', async () => {
    const { ask, asked } = await surface({ responses: { store: false } })
    await ask('POST', '/responses', { ...create, previous_response_id: 'resp_upstream' })
    expect(asked[0]!.previous_response_id).toBe('resp_upstream')
    expect((await ask('GET', '/responses/resp_1')).status).toBe(404)
    expect((await ask('POST', '/responses', { ...create, background: true })).status).toBe(400)
  })

  it('stops the upstream when the client leaves, but not in the background', async () => {
    const { base, live, ask } = await surface()
    const leave = (body: object) =>
      new Promise<string>((resolve) => {
        const headers = { 'content-type': 'application/json', 'x-caller': 'a/ann' }
        const req = request(
          `${base}/responses`,
          { method: 'POST', headers },
          (res: IncomingMessage) => {
            res.once('data', (data: Buffer) => {
              req.destroy()
              resolve(String(data))
            })
          },
        )
        req.on('error', () => {})
        req.end(JSON.stringify(body))
      })
    await leave({ model: 'endless', input: 'x', stream: true })
    await expect.poll(() => live.unsubscribed).toBe(1)
    const said = await leave({ model: 'endless', input: 'x', stream: true, background: true })
    const id = /"id":"(resp_\w+)"/.exec(said)![1]!
    const polled = await ask('GET', `/responses/${id}`)
    expect([polled.json.status, polled.json.background, live.unsubscribed]).toEqual([
      'in_progress',
      true,
      1,
    ])
    expect((await ask('POST', `/responses/${id}/cancel`)).json.status).toBe('cancelled')
    expect(live.unsubscribed).toBe(2)
  })

  it('stops and forgets what is deleted while it runs', async () => {
    const { ask, live } = await surface()
    const { id } = (
      await ask('POST', '/responses', { model: 'endless', input: 'x', background: true })
    ).json
    expect((await ask('DELETE', `/responses/${id}`)).json).toEqual({
      id,
      object: 'response',
      deleted: true,
    })
    expect(live.unsubscribed).toBe(1)
    await expect.poll(async () => (await ask('GET', `/responses/${id}`)).status).toBe(404)
  })

  it('bounds what runs in the background', async () => {
    const { ask } = await surface({ responses: { maxBackground: 1 } })
    const first = await ask('POST', '/responses', {
      model: 'endless',
      input: 'x',
      background: true,
    })
    expect((await ask('POST', '/responses', { ...create, background: true })).status).toBe(503)
    await ask('POST', `/responses/${first.json.id}/cancel`)
    await expect
      .poll(async () => (await ask('POST', '/responses', { ...create, background: true })).status)
      .toBe(200)
  })

  it('marks as cancelled what another process left under way', async () => {
    const store = memoryResponseStore()
    const draft = draftResponse(
      { model: 'm', background: true },
      { id: 'resp_x', createdAt: 1, model: 'm', status: 'in_progress' },
    )
    const stored: StoredResponse = { response: draft, input: [], size: 0 }
    await store.put(JSON.stringify(['a', 'ann']), 'resp_x', stored, 60_000)
    const { ask } = await surface({ responses: { store } })
    expect((await ask('GET', '/responses/resp_x?stream=true')).status).toBe(400)
    expect(
      (await ask('POST', '/responses', { ...create, previous_response_id: 'resp_x' })).status,
    ).toBe(400)
    expect((await ask('POST', '/responses/resp_x/cancel')).json.status).toBe('cancelled')
    expect((await ask('GET', '/responses/resp_x')).json.status).toBe('cancelled')
  })

  it.each([
    ['PUT', '/responses/resp_1', 405],
    ['POST', '/responses/resp_1', 405],
    ['GET', '/responses', 405],
    ['GET', '/responses/resp_1/cancel', 405],
    ['DELETE', '/responses/resp_1/input_items', 405],
    ['GET', '/responses/resp_1/other', 404],
    ['GET', '/responses/resp_1?stream=true', 400],
    ['GET', '/responses/resp_1?stream=true&starting_after=x', 400],
    ['POST', '/responses/resp_1/cancel', 400],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { ask } = await surface()
    await ask('POST', '/responses', create)
    const answer = await ask(method, path)
    expect([answer.status, typeof answer.json.error.message]).toEqual([status, 'string'])
  })

  it.each([
    ['no input', { model: 'm' }, 'input'],
    ['an empty list entry', { model: 'm', input: [{}] }, 'input'],
    [
      'a call without its id',
      { model: 'm', input: [{ type: 'function_call', name: 'f', arguments: '{}' }] },
      'input',
    ],
    ['a role that is none', { model: 'm', input: [{ role: 'robot', content: 'x' }] }, 'input'],
    ['an unnamed function', { model: 'm', input: 'x', tools: [{ type: 'function' }] }, 'tools'],
    [
      'metadata that is too much',
      { model: 'm', input: 'x', metadata: { key: 'x'.repeat(513) } },
      'metadata',
    ],
    [
      'a conversation beside a previous response',
      { ...create, conversation: 'c', previous_response_id: 'r' },
      'previous',
    ],
  ])('refuses %s', async (_what, body, param) => {
    const { ask, asked } = await surface()
    const { status, json } = await ask('POST', '/responses', body)
    expect([status, asked.length]).toEqual([400, 0])
    expect(json.error.param).toMatch(new RegExp(`^${param}`))
  })
})
