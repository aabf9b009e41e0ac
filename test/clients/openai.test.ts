import { bearerAuth } from '@sluice/auth'
import { endpoints } from '@sluice/endpoints'
import { demo } from '@sluice/demo'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import express from 'express'
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'

const messages = [{ role: 'user' as const, content: 'Say hello' }]
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

describe('the official OpenAI client', () => {
  let server: Awaited<ReturnType<typeof listen>>
  let client: OpenAI

  beforeAll(async () => {
    const app = express()
    app.use(
      '/v1',
      bearerAuth({
        keys: [
          'sk-client-0123456789',
          { key: 'sk-one-request-0123', limits: { requestsPerMinute: 1 } },
        ],
      }),
      rateLimit({}),
      endpoints(
        modelRouter({
          'demo*': demo({ tokensPerSecond: 0 }),
          slow: { to: demo({ tokensPerSecond: 5 }), model: 'demo' },
        }),
      ),
    )
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(app)
    client = new OpenAI({
      apiKey: 'sk-client-0123456789',
      baseURL: `${server.url}/v1`,
      maxRetries: 0,
    })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('lists and retrieves models', async () => {
    const ids = (await client.models.list()).data.map((model) => model.id)
    expect(ids).toContain('demo')
    expect((await client.models.retrieve('demo')).object).toBe('model')
  })

  it('completes a chat', async () => {
    const answer = await client.chat.completions.create({ model: 'demo', messages })
    expect(answer.choices[0]!.message.content).toBeTruthy()
    expect(answer.usage!.total_tokens).toBe(
      answer.usage!.prompt_tokens + answer.usage!.completion_tokens,
    )
  })

  it('streams a chat, and the accumulated stream is the whole answer', async () => {
    const whole = await client.chat.completions.create({ model: 'demo', messages })
    const stream = client.chat.completions.stream({
      model: 'demo',
      messages,
      stream_options: { include_usage: true },
    })
    let text = ''
    stream.on('content', (delta) => (text += delta))
    const final = await stream.finalChatCompletion()
    expect([text, final.choices[0]!.message.content, final.usage?.total_tokens]).toEqual([
      whole.choices[0]!.message.content,
      whole.choices[0]!.message.content,
      whole.usage?.total_tokens,
    ])
  })

  it('calls tools, streamed and not', async () => {
    const asked = {
      model: 'demo',
      messages: [{ role: 'user' as const, content: 'Please use get_weather for Paris' }],
      tools: [weather],
    }
    const answer = await client.chat.completions.create(asked)
    const [called] = answer.choices[0]!.message.tool_calls!
    expect(answer.choices[0]!.finish_reason).toBe('tool_calls')
    expect(called).toMatchObject({ type: 'function', function: { name: 'get_weather' } })
    const final = await client.chat.completions.stream(asked).finalChatCompletion()
    const [again] = final.choices[0]!.message.tool_calls!
    expect(JSON.parse((again as { function: { arguments: string } }).function.arguments)).toEqual(
      JSON.parse((called as { function: { arguments: string } }).function.arguments),
    )
  })

  it('fills a JSON schema in', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer', minimum: 3 },
        kind: { enum: ['a', 'b'] },
      },
      required: ['name', 'age', 'kind'],
      additionalProperties: false,
    }
    const answer = await client.chat.completions.create({
      model: 'demo',
      messages,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'person', schema, strict: true },
      },
    })
    const person = JSON.parse(answer.choices[0]!.message.content!) as Record<string, unknown>
    expect(Object.keys(person).sort()).toEqual(['age', 'kind', 'name'])
    expect(person['age']).toBeGreaterThanOrEqual(3)
  })

  it('embeds as base64, which the client asks for by itself, near for what is related', async () => {
    const { data } = await client.embeddings.create({
      model: 'demo',
      input: ['a small cat', 'two small cats', 'quarterly tax report'],
    })
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
    const [cat, cats, tax] = data.map((one) => one.embedding)
    expect(dot(cat!, cat!)).toBeCloseTo(1, 3)
    expect(dot(cat!, cats!)).toBeGreaterThan(dot(cat!, tax!))
  })

  it('gets typed errors', async () => {
    const other = (apiKey: string) =>
      new OpenAI({ apiKey, baseURL: `${server.url}/v1`, maxRetries: 0 })
    await expect(
      other('sk-wrong').chat.completions.create({ model: 'demo', messages }),
    ).rejects.toBeInstanceOf(AuthenticationError)
    await expect(
      client.chat.completions.create({ model: 'gpt-nope', messages }),
    ).rejects.toBeInstanceOf(NotFoundError)
    await expect(
      client.chat.completions.create({ model: 'demo', messages, temperature: 9 }),
    ).rejects.toBeInstanceOf(BadRequestError)
    const once = other('sk-one-request-0123')
    await once.chat.completions.create({ model: 'demo', messages })
    const limited = await once.chat.completions
      .create({ model: 'demo', messages })
      .catch((error: unknown) => error)
    expect(limited).toBeInstanceOf(RateLimitError)
    expect((limited as RateLimitError).headers.get('retry-after')).toMatch(/^\d+$/)
  })

  it('aborts a stream', async () => {
    const stream = await client.chat.completions.create({ model: 'slow', messages, stream: true })
    let chunks = 0
    for await (const _chunk of stream) {
      chunks++
      stream.controller.abort()
    }
    expect(chunks).toBeLessThan(5)
  })
})
