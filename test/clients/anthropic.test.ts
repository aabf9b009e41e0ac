import Anthropic1 from '@anthropic-ai/sdk'
import Anthropic0 from '@anthropic-ai/sdk-0'
import { bearerAuth } from '@sluice/auth'
import { fakeVendor, type FakeReply } from '@sluice/conformance'
import { demo } from '@sluice/demo'
import { endpoints } from '@sluice/endpoints'
import type { Provider, ProviderFactory } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { deepseek } from '@sluice/providers/deepseek'
import { groq } from '@sluice/providers/groq'
import { hostedRelay } from '@sluice/providers/hosted-relay'
import { iflow } from '@sluice/providers/iflow'
import { mistral } from '@sluice/providers/mistral'
import { moonshot } from '@sluice/providers/moonshot'
import { ollama } from '@sluice/providers/ollama'
import { openai } from '@sluice/providers/openai'
import { openrouter } from '@sluice/providers/openrouter'
import { qwen } from '@sluice/providers/qwen'
import { vllm } from '@sluice/providers/vllm'
import { xai } from '@sluice/providers/xai'
import { modelRouter } from '@sluice/router'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'
import { messagesVendor } from '../support/messages-vendor.ts'

const KEY = 'sk-ant-0123456789abcdef'
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  input_schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
}

/** Says what was asked; calls the first tool until it has a result. */
function reply(params: ChatCompletionCreateParams): FakeReply {
  const tool = params.tools?.[0]
  const last = params.messages.at(-1)!
  if (tool !== undefined && last.role !== 'tool') {
    return {
      content: 'Let me look.',
      toolCalls: [{ name: tool.function!.name, arguments: '{"city":"Paris"}' }],
    }
  }
  const said = typeof last.content === 'string' ? last.content : JSON.stringify(last.content)
  const thinks = params.reasoning_effort !== undefined || params['thinking'] !== undefined
  return {
    content: `You said: ${said.slice(0, 200)}`,
    ...(thinks ? { reasoning_content: 'Hm, let me think.' } : {}),
  }
}

const alikes: Readonly<Record<string, ProviderFactory>> = {
  deepseek,
  groq,
  iflow,
  mistral,
  moonshot,
  ollama,
  openai,
  openrouter,
  qwen,
  vllm,
  xai,
}

describe.each([
  ['0.128', Anthropic0 as unknown as typeof Anthropic1],
  ['1.14', Anthropic1],
])('the official Anthropic client %s', (_version, Anthropic) => {
  let server: Awaited<ReturnType<typeof listen>>
  let fake: Awaited<ReturnType<typeof fakeVendor>>
  let vendor: Awaited<ReturnType<typeof messagesVendor>>
  let client: Anthropic1

  beforeAll(async () => {
    fake = await fakeVendor({ reply })
    vendor = await messagesVendor()
    const options = { apiKey: 'sk-vendor-0123456789', baseURL: `${fake.url}/v1` }
    const routes: Record<string, Provider> = {
      claude: anthropic({ apiKey: 'sk-vendor-0123456789', baseURL: vendor.url }),
      relay: hostedRelay(options),
      demo: demo({ tokensPerSecond: 0 }),
    }
    for (const [name, make] of Object.entries(alikes)) routes[name] = make(options)
    const app = express()
    app.use(
      '/v1',
      bearerAuth({ keys: [KEY] }),
      endpoints(modelRouter(routes), { dialects: ['openai', 'anthropic'] }),
    )
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(app)
    client = new Anthropic({ apiKey: KEY, baseURL: server.url, maxRetries: 0 })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await fake.close()
    await vendor[Symbol.asyncDispose]()
  })

  const models = ['claude', 'relay', 'demo', ...Object.keys(alikes)]

  describe.each(models)('against %s', (model) => {
    const base = { model, max_tokens: 2000 }

    it('reads a text, whole and streamed', async () => {
      const params = {
        ...base,
        system: [
          {
            type: 'text' as const,
            text: 'Be kind.',
            cache_control: { type: 'ephemeral' as const },
          },
        ],
        messages: [{ role: 'user' as const, content: 'Say hello' }],
      }
      const whole = await client.messages.create(params)
      expect(whole).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' })
      expect(whole.content.map(({ type }) => type)).toEqual(['text'])
      expect(whole.usage.output_tokens).toBeGreaterThan(0)
      expect(whole.usage.input_tokens).toBeGreaterThan(0)

      const stream = client.messages.stream(params)
      let text = ''
      stream.on('text', (delta) => (text += delta))
      const final = await stream.finalMessage()
      expect(final.content).toMatchObject([{ type: 'text', text }])
      expect(text).not.toBe('')
      expect(final.stop_reason).toBe('end_turn')
      // Mistral tells usage unasked, and is not asked; its fake only tells it when it is.
      if (model === 'mistral') return
      expect(final.usage.input_tokens).toBeGreaterThan(0)
      expect(final.usage.output_tokens).toBeGreaterThan(0)
    })

    it.each(['whole', 'streamed'])('calls a tool and goes on with its result, %s', async (form) => {
      const ask = (messages: Anthropic1.MessageParam[]) => {
        const params = { ...base, tools: [weather], messages }
        return form === 'whole'
          ? client.messages.create(params)
          : client.messages.stream(params).finalMessage()
      }
      const question = 'What is the weather in Paris? Use get_weather.'
      const first = await ask([{ role: 'user', content: question }])
      expect(first.stop_reason).toBe('tool_use')
      const call = first.content.find((block) => block.type === 'tool_use')!
      expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } })
      const second = await ask([
        { role: 'user', content: question },
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: call.id, content: '21 degrees' }],
        },
      ])
      expect(second.stop_reason).toBe('end_turn')
      expect(second.content.some(({ type }) => type === 'text')).toBe(true)
    })

    it('takes a picture', async () => {
      const source = { type: 'base64' as const, media_type: 'image/png' as const, data: PNG }
      const message = await client.messages.create({
        ...base,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source },
              { type: 'text', text: 'What?' },
            ],
          },
        ],
      })
      expect(message.content[0]).toMatchObject({ type: 'text' })
    })

    it('thinks where it is told to', async () => {
      const message = await client.messages
        .stream({
          ...base,
          thinking: { type: 'enabled', budget_tokens: 1024 },
          messages: [{ role: 'user', content: 'Think' }],
        })
        .finalMessage()
      expect(message.content.at(-1)).toMatchObject({ type: 'text' })
      if (['claude', 'vllm', 'relay', 'xai'].includes(model)) {
        const [thought] = message.content
        expect(thought!.type).toBe('thinking')
        expect((thought as Anthropic1.ThinkingBlock).thinking).not.toBe('')
        expect((thought as Anthropic1.ThinkingBlock).signature).not.toBe('')
      }
    })

    it('has its tokens counted', async () => {
      const count = await client.messages.countTokens({
        model,
        messages: [{ role: 'user', content: 'Hello there, how are you?' }],
      })
      expect(count.input_tokens).toBeGreaterThan(3)
    })
  })

  it('lists models and finds one', async () => {
    const page = await client.models.list({ limit: 2 })
    expect(page.data).toHaveLength(2)
    expect(page.has_more).toBe(true)
    const ids: string[] = []
    for await (const model of client.models.list({ limit: 3 })) {
      expect(model).toMatchObject({ type: 'model', display_name: expect.any(String) as string })
      expect(Number.isNaN(Date.parse(model.created_at))).toBe(false)
      ids.push(model.id)
    }
    expect(ids).toEqual([...new Set(ids)])
    expect(ids).toContain('demo')
    expect(await client.models.retrieve('demo')).toMatchObject({ id: 'demo', type: 'model' })
  })

  it('throws its own errors', async () => {
    const ask = (with_: Anthropic1, changes: object = {}) =>
      with_.messages.create({
        model: 'demo',
        max_tokens: 10,
        messages: [{ role: 'user', content: 'hi' }],
        ...changes,
      })
    await expect(ask(client, { model: 'nobody' })).rejects.toMatchObject({
      status: 404,
      error: { type: 'error', error: { type: 'not_found_error' } },
      requestID: expect.stringMatching(/^req_/) as string,
    })
    await expect(ask(client, { max_tokens: 'many' })).rejects.toMatchObject({
      status: 400,
      error: {
        error: {
          type: 'invalid_request_error',
          message: expect.stringContaining("'max_tokens'") as string,
        },
      },
    })
    const stranger = new Anthropic({ apiKey: 'sk-wrong-0123456789', baseURL: server.url })
    await expect(ask(stranger)).rejects.toBeInstanceOf(Anthropic.AuthenticationError)
  })

  it('reads the id of a request', async () => {
    const { request_id: id } = await client.messages
      .create({ model: 'demo', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] })
      .withResponse()
    expect(id).toMatch(/^req_/)
  })
})
