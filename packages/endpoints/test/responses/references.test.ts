import type { ResponseStore } from '@sluice/core'
import type { ResponseItem } from '@sluice/core/wire'
import { memoryResponseStore } from '@sluice/endpoints'
import { describe, expect, it } from 'vitest'
import { surface } from './surface.ts'

const user = (content: string) => ({ role: 'user', content })
const refer = (id: string) => ({ type: 'item_reference', id })
const answer = (number: number) => ({
  id: `msg_${number}`,
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: `answer ${number}`, annotations: [], logprobs: [] }],
})
const notFound = (id: string) => ({
  error: {
    message: `Item with id '${id}' not found.`,
    type: 'invalid_request_error',
    param: 'input',
    code: null,
  },
})

describe('references to items', () => {
  it.each([
    ['whole', {}],
    ['streamed', { stream: true }],
    ['in the background', { background: true }],
  ])('are the items themselves: %s', async (_how, more) => {
    const { ask, asked } = await surface()
    await ask('POST', '/responses', { model: 'm', input: 'Hi' })
    const input = [user('Hi'), refer('msg_1'), { id: 'msg_1' }, user('More')]
    expect((await ask('POST', '/responses', { ...more, model: 'm', input })).status).toBe(200)
    expect(asked[1]!.input).toEqual([user('Hi'), answer(1), answer(1), user('More')])
  })

  it('find what was streamed, and what was made in the background', async () => {
    const { ask, asked } = await surface()
    await ask('POST', '/responses', { model: 'm', input: 'Hi', stream: true })
    const { json } = await ask('POST', '/responses', { model: 'm', input: 'Hi', background: true })
    expect((await ask('GET', `/responses/${json.id}`)).json.status).toBe('completed')
    await ask('POST', '/responses', { model: 'm', input: [refer('msg_1'), refer('msg_2')] })
    expect(asked[2]!.input).toEqual([answer(1), answer(2)])
  })

  it('are kept as what they stood for', async () => {
    const { ask, asked } = await surface()
    await ask('POST', '/responses', { model: 'm', input: 'Hi' })
    const { json } = await ask('POST', '/responses', {
      model: 'm',
      input: [refer('msg_1'), user('More')],
    })
    await ask('DELETE', '/responses/resp_1')
    const { json: page } = await ask('GET', `/responses/${json.id}/input_items?order=asc`)
    expect(page.data[0]).toMatchObject(answer(1))
    await ask('POST', '/responses', { model: 'm', input: 'And?', previous_response_id: json.id })
    expect((asked[2]!.input as ResponseItem[])[0]).toEqual(answer(1))
  })

  it.each([
    ['was never made', 'msg_9', 'a/ann'],
    ['is of another principal', 'msg_1', 'a/bob'],
    ['is of another tenant', 'msg_1', 'b/ann'],
    ['is of a model that the key must not use', 'msg_1', 'a/ann/other'],
    ['was not stored', 'msg_2', 'a/ann'],
    ['was deleted with its response', 'msg_3', 'a/ann'],
    ['is a response', 'resp_1', 'a/ann'],
    ['has the name of what every object has', '__proto__', 'a/ann'],
  ])('are refused in OpenAI’s words where the item %s', async (_what, id, caller) => {
    const { ask, asked } = await surface()
    await ask('POST', '/responses', { model: 'm', input: 'Hi' })
    await ask('POST', '/responses', { model: 'm', input: 'Hi', store: false })
    await ask('POST', '/responses', { model: 'm', input: 'Hi' })
    await ask('DELETE', '/responses/resp_3')
    const { status, json } = await ask(
      'POST',
      '/responses',
      { model: 'other', input: [refer(id)] },
      caller,
    )
    expect([status, json]).toEqual([404, notFound(id)])
    expect(asked.length).toBe(3)
  })

  it('bring along a bounded number of bytes', async () => {
    const { ask } = await surface({ responses: { maxChainBytes: 1000 } })
    await ask('POST', '/responses', { model: 'm', input: 'Hi' })
    const input = Array.from({ length: 100 }, () => refer('msg_1'))
    const { status, json } = await ask('POST', '/responses', { model: 'm', input })
    expect([status, json.error.code, json.error.param]).toEqual([
      400,
      'context_length_exceeded',
      'input',
    ])
  })

  it('go on to the upstream where nothing is kept here', async () => {
    const { ask, asked } = await surface({ responses: { store: false } })
    await ask('POST', '/responses', { model: 'm', input: [refer('msg_1')] })
    expect(asked[0]!.input).toEqual([refer('msg_1')])
  })

  it('cannot be read, deleted or gone on from as if they were responses', async () => {
    const { ask } = await surface()
    await ask('POST', '/responses', { model: 'm', input: 'Hi' })
    for (const method of ['GET', 'DELETE']) {
      expect((await ask(method, '/responses/item:msg_1')).status).toBe(404)
      expect((await ask(method, '/responses/item%3Amsg_1')).status).toBe(404)
    }
    const next = { model: 'm', input: 'Hi', previous_response_id: 'item:msg_1' }
    expect((await ask('POST', '/responses', next)).json.error.code).toBe(
      'previous_response_not_found',
    )
  })

  it('read each response once', async () => {
    let reads = 0
    const memory = memoryResponseStore()
    const store: ResponseStore = {
      get: (owner, id) => (reads++, memory.get(owner, id)),
      put: (...put) => memory.put(...put),
      delete: (owner, id) => memory.delete(owner, id),
    }
    const { ask } = await surface({ responses: { store } })
    await ask('POST', '/responses', { model: 'm', input: 'Hi' })
    const input = Array.from({ length: 500 }, () => refer('msg_1'))
    expect((await ask('POST', '/responses', { model: 'm', input })).status).toBe(200)
    expect(reads).toBe(2)
  })
})

describe('stored responses', () => {
  it('are given only to a key that may use the model that was asked', async () => {
    const { ask, asked } = await surface()
    const { json } = await ask('POST', '/responses', { model: 'm', input: 'Hi', background: true })
    const get = async (caller: string) => {
      const paths = ['', '?stream=true', '/input_items']
      const answers = await Promise.all(
        paths.map((path) => ask('GET', `/responses/${json.id}${path}`, undefined, caller)),
      )
      const cancelled = await ask('POST', `/responses/${json.id}/cancel`, undefined, caller)
      const next = { model: caller.split('/')[2], input: 'Hi', previous_response_id: json.id }
      const followed = await ask('POST', '/responses', next, caller)
      return [...answers, cancelled, followed].map(({ status }) => status)
    }
    expect(await get('a/ann/other')).toEqual([404, 404, 404, 404, 400])
    expect(await get('a/ann/m')).toEqual([200, 200, 200, 200, 200])
    expect(asked.length).toBe(2)
  })

  it('are given while they are made only to such a key too', async () => {
    const { ask } = await surface()
    const { json } = await ask('POST', '/responses', {
      model: 'endless',
      input: 'Hi',
      background: true,
    })
    const statuses = async (caller: string) => [
      (await ask('GET', `/responses/${json.id}`, undefined, caller)).status,
      (await ask('POST', `/responses/${json.id}/cancel`, undefined, caller)).status,
    ]
    expect(await statuses('a/ann/other')).toEqual([404, 404])
    expect(await statuses('a/ann/endless')).toEqual([200, 200])
  })
})
