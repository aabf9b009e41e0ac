import { buildApp } from '../../examples/gateway/src/app.ts'
import { readConfig } from '../../examples/gateway/src/config.ts'
import { LLMock } from '@copilotkit/aimock'
import OpenAI, { RateLimitError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'

const ask = (content: string) => [{ role: 'user' as const, content }]
const tool = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
}

/**
 * A vendor that nobody here wrote stands behind the example gateway, for OpenAI's dialect,
 * Anthropic's and Gemini's.
 */
describe('the gateway in front of aimock', () => {
  const mock = new LLMock({ port: 0 })
  let server: Awaited<ReturnType<typeof listen>>
  let client: OpenAI

  beforeAll(async () => {
    mock.onMessage('hello', { content: 'Hi there, 你好 😀!' })
    mock.onMessage('weather', {
      toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }],
    })
    mock.onMessage('limit', {
      error: { message: 'slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' },
      status: 429,
    })
    await mock.start()
    const env = {
      SLUICE_API_KEYS: 'sk-aimock-0123456789',
      OPENAI_API_KEY: 'mock',
      OPENAI_BASE_URL: `${mock.url}/v1`,
      ANTHROPIC_API_KEY: 'mock',
      ANTHROPIC_BASE_URL: mock.url,
      GEMINI_API_KEY: 'mock',
      GEMINI_BASE_URL: mock.url,
    }
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(buildApp(readConfig(env)))
    client = new OpenAI({
      apiKey: 'sk-aimock-0123456789',
      baseURL: `${server.url}/v1`,
      maxRetries: 0,
    })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await mock.stop()
  })

  const models = ['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash']

  it.each(models)('completes a chat with %s, streamed and not', async (model) => {
    const whole = await client.chat.completions.create({ model, messages: ask('hello') })
    expect(whole.choices[0]!.message.content).toBe('Hi there, 你好 😀!')
    expect(whole.usage).toBeDefined()
    const stream = client.chat.completions.stream({
      model,
      messages: ask('hello'),
      stream_options: { include_usage: true },
    })
    const final = await stream.finalChatCompletion()
    expect([final.choices[0]!.message.content, final.choices[0]!.finish_reason]).toEqual([
      'Hi there, 你好 😀!',
      'stop',
    ])
  })

  it.each(models)('calls a tool with %s, streamed and not', async (model) => {
    const whole = await client.chat.completions.create({
      model,
      messages: ask('weather'),
      tools: [tool],
    })
    const final = await client.chat.completions
      .stream({ model, messages: ask('weather'), tools: [tool] })
      .finalChatCompletion()
    for (const answer of [whole, final]) {
      const [called] = answer.choices[0]!.message.tool_calls!
      const { name, arguments: text } = (
        called as { function: { name: string; arguments: string } }
      ).function
      expect([answer.choices[0]!.finish_reason, name, JSON.parse(text)]).toEqual([
        'tool_calls',
        'get_weather',
        { city: 'Paris' },
      ])
    }
  })

  it('hands a vendor’s rate limit on as the client’s own typed error', async () => {
    await expect(
      client.chat.completions.create({ model: 'gpt-4o', messages: ask('limit') }),
    ).rejects.toBeInstanceOf(RateLimitError)
  })

  it('embeds', async () => {
    const { data } = await client.embeddings.create({
      model: 'text-embedding-3-small',
      input: 'hello',
    })
    expect(data[0]!.embedding).toHaveLength(1536)
  })
})
