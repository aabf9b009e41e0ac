import { bearerAuth } from '@sluice/auth'
import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import express from 'express'
import OpenAI, { BadRequestError, NotFoundError, RateLimitError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'The weather of a city',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

describe('the official OpenAI client on /responses', () => {
  let server: Awaited<ReturnType<typeof listen>>
  let ann: OpenAI
  let bob: OpenAI
  let poor: OpenAI

  beforeAll(async () => {
    const app = express()
    const keys = [
      { key: 'sk-ann-0123456789', tenant: 'a' },
      { key: 'sk-bob-0123456789', tenant: 'b' },
      { key: 'sk-poor-0123456789', tenant: 'c', limits: { requestsPerMinute: 1 } },
    ]
    const slow = { to: demo({ tokensPerSecond: 20 }), model: 'demo' }
    app.use(
      '/v1',
      bearerAuth({ keys }),
      rateLimit({}),
      endpoints(modelRouter({ 'demo*': demo({ tokensPerSecond: 0 }), slow })),
    )
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(app)
    const clientOf = (apiKey: string) =>
      new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 })
    ann = clientOf('sk-ann-0123456789')
    bob = clientOf('sk-bob-0123456789')
    poor = clientOf('sk-poor-0123456789')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('creates a response and finds it again', async () => {
    const created = await ann.responses.create({
      model: 'demo',
      input: 'Say hello',
      metadata: { topic: 'greeting' },
    })
    expect(created.status).toBe('completed')
    expect(created.output_text).not.toBe('')
    expect(created.usage!.total_tokens).toBe(
      created.usage!.input_tokens + created.usage!.output_tokens,
    )
    expect(await ann.responses.retrieve(created.id)).toEqual(created)
  })

  it('streams a response whose final form is what its events add up to', async () => {
    const stream = ann.responses.stream({ model: 'demo', input: 'Say hello' })
    let text = ''
    const numbers: number[] = []
    stream.on('event', (event) => numbers.push(event.sequence_number))
    stream.on('response.output_text.delta', ({ delta }) => (text += delta))
    const final = await stream.finalResponse()
    expect(final.output_text).toBe(text)
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect((await ann.responses.retrieve(final.id)).output_text).toBe(text)
  })

  it('calls a function and goes on with its result by previous_response_id', async () => {
    const first = await ann.responses.create({
      model: 'demo',
      input: 'What is the weather in Paris? Use get_weather.',
      tools: [weather],
      tool_choice: 'required',
    })
    const called = first.output.find((item) => item.type === 'function_call')!
    expect(called.name).toBe('get_weather')
    expect(() => JSON.parse(called.arguments) as unknown).not.toThrow()
    const second = await ann.responses.create({
      model: 'demo',
      previous_response_id: first.id,
      input: [
        { type: 'function_call_output', call_id: called.call_id, output: 'Sunny, 21 degrees' },
      ],
      tools: [weather],
    })
    expect(second.previous_response_id).toBe(first.id)
    expect(second.output_text).toContain('Sunny')
  })

  it('fills in a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' } },
      required: ['name'],
      additionalProperties: false,
    }
    const { output_text: text } = await ann.responses.create({
      model: 'demo',
      input: 'Name somebody',
      text: { format: { type: 'json_schema', name: 'person', schema, strict: true } },
    })
    expect(typeof (JSON.parse(text) as { name: unknown }).name).toBe('string')
  })

  it('lists input items page by page', async () => {
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user' as const, content }))
    const { id } = await ann.responses.create({ model: 'demo', input })
    const texts: unknown[] = []
    for await (const item of ann.responses.inputItems.list(id, { limit: 2, order: 'asc' })) {
      texts.push((item as { content: { text: string }[] }).content[0]!.text)
    }
    expect(texts).toEqual(['one', 'two', 'three'])
  })

  it('deletes a response, and keeps none that it is told not to', async () => {
    const { id } = await ann.responses.create({ model: 'demo', input: 'Say hello' })
    await ann.responses.delete(id)
    await expect(ann.responses.retrieve(id)).rejects.toBeInstanceOf(NotFoundError)
    const unkept = await ann.responses.create({ model: 'demo', input: 'Say hello', store: false })
    await expect(ann.responses.retrieve(unkept.id)).rejects.toBeInstanceOf(NotFoundError)
  })

  it('gives nobody the response of another, in the words that an unknown one gets', async () => {
    const { id } = await ann.responses.create({ model: 'demo', input: 'Say hello' })
    const said = async (asked: Promise<unknown>, name: string) => {
      const error = (await asked.catch((reason: unknown) => reason)) as NotFoundError
      return [error.status, error.message.replace(name, '…')]
    }
    const unknown = await said(bob.responses.retrieve('resp_unknown'), 'resp_unknown')
    expect(unknown[0]).toBe(404)
    expect(await said(bob.responses.retrieve(id), id)).toEqual(unknown)
    expect(await said(bob.responses.delete(id), id)).toEqual(unknown)
    expect(await said(bob.responses.cancel(id), id)).toEqual(unknown)
    expect(await said(bob.responses.inputItems.list(id), id)).toEqual(unknown)
    await expect(
      bob.responses.create({ model: 'demo', input: 'x', previous_response_id: id }),
    ).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
    })
    expect((await ann.responses.retrieve(id)).id).toBe(id)
  })

  it('runs in the background until it is done', async () => {
    let response = await ann.responses.create({
      model: 'demo',
      input: 'Say hello',
      background: true,
    })
    expect(response.background).toBe(true)
    expect(['queued', 'in_progress', 'completed']).toContain(response.status)
    const { id } = response
    await expect
      .poll(async () => (response = await ann.responses.retrieve(id)).status)
      .toBe('completed')
    expect(response.id).toBe(id)
    expect(response.output_text).not.toBe('')
    // What has ended stays as it is.
    expect(await ann.responses.cancel(id)).toMatchObject({
      id,
      status: 'completed',
      output: response.output,
    })
  })

  it('cancels what runs in the background', async () => {
    const { id } = await ann.responses.create({
      model: 'slow',
      input: 'Tell a long story',
      background: true,
    })
    expect((await ann.responses.cancel(id)).status).toBe('cancelled')
    expect((await ann.responses.cancel(id)).status).toBe('cancelled')
    expect((await ann.responses.retrieve(id)).status).toBe('cancelled')
  })

  it('refuses to cancel what does not run in the background', async () => {
    const { id } = await ann.responses.create({ model: 'demo', input: 'Say hello' })
    await expect(ann.responses.cancel(id)).rejects.toBeInstanceOf(BadRequestError)
  })

  it('takes a stream up again where it was left, running or done', async () => {
    const stream = await ann.responses.create({
      model: 'slow',
      input: 'Say hello',
      background: true,
      stream: true,
    })
    let id = ''
    let last = -1
    for await (const event of stream) {
      if (event.type === 'response.created') id = event.response.id
      last = event.sequence_number
      if (event.type === 'response.output_text.delta') break
    }
    const resume = async (after: number) => {
      const events = []
      for await (const event of await ann.responses.retrieve(id, {
        stream: true,
        starting_after: after,
      }))
        events.push(event)
      return events
    }
    const rest = await resume(last)
    expect(rest.map((event) => event.sequence_number)).toEqual(
      rest.map((_, index) => last + 1 + index),
    )
    expect(rest.at(-1)!.type).toBe('response.completed')
    expect((await ann.responses.retrieve(id)).status).toBe('completed')
    expect(await resume(last)).toEqual(rest)
    expect(await resume(rest.at(-1)!.sequence_number)).toEqual([])
  })

  it('meets the limits as any call does, in the background too', async () => {
    await poor.responses.create({ model: 'demo', input: 'Say hello' })
    await expect(
      poor.responses.create({ model: 'demo', input: 'Say hello' }),
    ).rejects.toBeInstanceOf(RateLimitError)
    await expect(
      poor.responses.create({ model: 'demo', input: 'x', background: true }),
    ).rejects.toBeInstanceOf(RateLimitError)
  })

  it('does without a tool of OpenAI’s own, and says so', async () => {
    const asked = ann.responses.create({
      model: 'demo',
      input: 'x',
      tools: [{ type: 'web_search' }],
    })
    const { data, response } = await asked.withResponse()
    expect([data.status, response.headers.get('x-sluice-dropped-params')]).toEqual([
      'completed',
      'tools.web_search',
    ])
  })

  it.each([
    ['a prompt template', { prompt: { id: 'pmpt_1' } }, 'prompt'],
    ['a background without a store', { background: true, store: false }, 'background'],
    ['a temperature out of bounds', { temperature: 9 }, 'temperature'],
  ])('refuses %s by name', async (_what, params, param) => {
    await expect(
      ann.responses.create({ model: 'demo', input: 'x', ...params }),
    ).rejects.toMatchObject({
      status: 400,
      param,
    })
  })

  it('leaves out a tool of OpenAI’s own, and says so', async () => {
    const { response } = await ann.responses
      .create({ model: 'demo', input: 'x', tools: [{ type: 'web_search' }] })
      .withResponse()
    expect(response.headers.get('x-sluice-dropped-params')).toContain('tools')
  })
})
