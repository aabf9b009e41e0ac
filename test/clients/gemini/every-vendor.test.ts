import { LLMock } from '@copilotkit/aimock'
import { FunctionCallingConfigMode, type Content, type GoogleGenAI } from '@google/genai'
import { bearerAuth } from '@sluice/auth'
import { fakeVendor, type FakeVendor } from '@sluice/conformance'
import { demo } from '@sluice/demo'
import { endpoints } from '@sluice/endpoints'
import { anthropic } from '@sluice/providers/anthropic'
import { gemini } from '@sluice/providers/gemini'
import { openai } from '@sluice/providers/openai'
import { openaiCompatible } from '@sluice/providers'
import { modelRouter } from '@sluice/router'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../../support/hosts.ts'
import { fakeGoogle } from './fake-google.ts'
import { libraries } from './libraries.ts'

const KEY = 'sk-google-0123456789'
const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  parametersJsonSchema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
}
const tools = [{ functionDeclarations: [weather] }]
/** A picture of one pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
/** Models of vendors that speak OpenAI's chat, Anthropic's messages and Gemini's own API. */
const models = ['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash'] as const

describe.each(libraries)('%s', (_name, GoogleGenAI) => {
  const mock = new LLMock({ port: 0 })
  let fake: FakeVendor
  let google: Awaited<ReturnType<typeof fakeGoogle>>
  let server: Awaited<ReturnType<typeof listen>>
  let client: GoogleGenAI

  beforeAll(async () => {
    mock.onMessage('hello', { content: 'Hi there, 你好 😀!' })
    mock.onMessage('weather', ({ messages }) =>
      messages.at(-1)!.role === 'tool'
        ? { content: 'It is sunny.' }
        : { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }] },
    )
    mock.onMessage('limit', {
      error: { message: 'slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' },
      status: 429,
    })
    await mock.start()
    fake = await fakeVendor({
      reply: () => ({ content: 'Four.', reasoning_content: 'Two and two.' }),
    })
    google = await fakeGoogle()
    const apiKey = 'mock-0123456789'
    const router = modelRouter({
      'demo*': demo({ tokensPerSecond: 0 }),
      'gpt-*': openai({ apiKey, baseURL: `${mock.url}/v1` }),
      'text-embedding-*': openai({ apiKey, baseURL: `${mock.url}/v1` }),
      'claude-*': anthropic({ apiKey, baseURL: mock.url }),
      'gemini-*': gemini({ apiKey, baseURL: google.url }),
      thinker: openaiCompatible({ id: 'fake', baseURL: `${fake.url}/v1` }),
    })
    const app = express()
    app.use(
      ['/v1', '/v1beta'],
      bearerAuth({ keys: [KEY] }),
      endpoints(router, { dialects: ['openai', 'anthropic', 'gemini'] }),
    )
    // eslint-disable-next-line typescript/no-misused-promises
    server = await listen(app)
    client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: server.url } })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
    await google[Symbol.asyncDispose]()
    await mock.stop()
  })

  const streamed = async (params: Parameters<GoogleGenAI['models']['generateContent']>[0]) => {
    const chunks = []
    for await (const chunk of await client.models.generateContentStream(params)) chunks.push(chunk)
    return chunks
  }

  describe.each(models)('with %s', (model) => {
    it('talks, whole and streamed', async () => {
      const params = { model, contents: 'hello' }
      const whole = await client.models.generateContent(params)
      expect(whole.text).toBe('Hi there, 你好 😀!')
      expect(whole.candidates![0]!.finishReason).toBe('STOP')
      expect(whole.usageMetadata!.totalTokenCount).toBeTypeOf('number')
      const chunks = await streamed(params)
      expect(chunks.map((chunk) => chunk.text ?? '').join('')).toBe('Hi there, 你好 😀!')
      expect(chunks.at(-1)!.candidates![0]!.finishReason).toBe('STOP')
      expect(chunks.at(-1)!.usageMetadata!.totalTokenCount).toBeTypeOf('number')
    })

    it('calls a function and goes on with what it gave', async () => {
      const contents: Content[] = [{ role: 'user', parts: [{ text: 'weather' }] }]
      const config = { tools }
      const whole = await client.models.generateContent({ model, contents, config })
      expect(whole.functionCalls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }])
      const chunks = await streamed({ model, contents, config })
      const calls = chunks.flatMap((chunk) => chunk.functionCalls ?? [])
      expect(calls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }])
      const { id } = calls[0]!
      const named = id === undefined ? {} : { id }
      const functionResponse = { ...named, name: 'get_weather', response: { output: 'sunny' } }
      const next = await client.models.generateContent({
        model,
        contents: [
          ...contents,
          whole.candidates![0]!.content!,
          { role: 'user', parts: [{ functionResponse }] },
        ],
        config,
      })
      expect(next.text).toBe('It is sunny.')
    })

    it('tells of a limit by Google’s error', async () => {
      const refused = { status: 429, message: expect.stringContaining('slow down') as string }
      const params = { model, contents: 'limit' }
      await expect(client.models.generateContent(params)).rejects.toMatchObject(refused)
      await expect(streamed(params)).rejects.toMatchObject(refused)
    })

    it('counts tokens', async () => {
      const { totalTokens } = await client.models.countTokens({ model, contents: 'hello you' })
      expect(totalTokens).toBeGreaterThan(0)
    })
  })

  it('shows what a model thinks to who asks for it, and to nobody else', async () => {
    const params = { model: 'thinker', contents: 'Two and two?' }
    const config = { thinkingConfig: { includeThoughts: true, thinkingBudget: 512 } }
    const whole = await client.models.generateContent({ ...params, config })
    expect(whole.candidates![0]!.content!.parts).toEqual([
      { text: 'Two and two.', thought: true },
      { text: 'Four.' },
    ])
    expect(fake.requests.at(-1)!.body).toMatchObject({ reasoning_effort: 'low' })
    const thoughts = (await streamed({ ...params, config })).flatMap(
      (chunk) => chunk.candidates?.[0]?.content?.parts ?? [],
    )
    expect(thoughts.filter(({ thought }) => thought).map(({ text }) => text)).toEqual([
      'Two',
      ' and',
      ' two.',
    ])
    const silent = await client.models.generateContent(params)
    expect(silent.candidates![0]!.content!.parts).toEqual([{ text: 'Four.' }])
    expect(fake.requests.at(-1)!.body).not.toHaveProperty('reasoning_effort')
  })

  it.each(['thinker', 'gemini-2.5-flash'])('shows a picture to %s', async (model) => {
    const parts = [{ text: 'hello' }, { inlineData: { mimeType: 'image/png', data: PNG } }]
    await client.models.generateContent({ model, contents: [{ role: 'user', parts }] })
    const asked = model === 'thinker' ? fake.requests : google.requests
    expect(JSON.stringify(asked.at(-1)!.body)).toContain(PNG)
  })

  it('embeds with every vendor that can', async () => {
    for (const model of ['demo-embedding', 'text-embedding-3-small', 'gemini-embedding-001']) {
      const { embeddings } = await client.models.embedContent({ model, contents: ['a', 'b'] })
      expect(embeddings!.map(({ values }) => typeof values![0])).toEqual(['number', 'number'])
    }
  })

  it('lists models page by page, and shows one', async () => {
    const names: unknown[] = []
    for await (const model of await client.models.list({ config: { pageSize: 2 } }))
      names.push(model.name)
    expect(names).toEqual(expect.arrayContaining(['models/demo', 'models/gemini-2.5-flash']))
    expect(new Set(names).size).toBe(names.length)
    const model = await client.models.get({ model: 'demo-large' })
    expect(model.name).toBe('models/demo-large')
    expect(model.supportedActions).toContain('generateContent')
    await expect(client.models.get({ model: 'nobody' })).rejects.toMatchObject({ status: 404 })
  })

  it('lets the demo fill in a schema, and obey a mode of calling', async () => {
    const json = await client.models.generateContent({
      model: 'demo',
      contents: 'A city',
      config: {
        responseMimeType: 'application/json',
        responseJsonSchema: weather.parametersJsonSchema,
      },
    })
    expect(JSON.parse(json.text!)).toMatchObject({ city: expect.any(String) as string })
    const functionCallingConfig = {
      mode: FunctionCallingConfigMode.ANY,
      allowedFunctionNames: ['get_weather'],
    }
    const forced = await client.models.generateContent({
      model: 'demo',
      contents: 'Hello',
      config: { tools, toolConfig: { functionCallingConfig } },
    })
    expect(forced.functionCalls![0]!.name).toBe('get_weather')
  })

  it('goes on in a chat of the library’s own', async () => {
    const chat = client.chats.create({ model: 'claude-sonnet-4-5', config: { tools } })
    const first = await chat.sendMessage({ message: 'weather' })
    const { name, id } = first.functionCalls![0]!
    const named = id === undefined ? {} : { id }
    const functionResponse = { name: name!, ...named, response: { output: 'sunny' } }
    const second = await chat.sendMessage({ message: [{ functionResponse }] })
    expect(second.text).toBe('It is sunny.')
    const third = await chat.sendMessage({ message: 'hello' })
    expect(third.text).toBe('Hi there, 你好 😀!')
  })

  it('refuses a wrong key, a wrong model and a wrong type as Google does', async () => {
    const stranger = new GoogleGenAI({ apiKey: 'wrong', httpOptions: { baseUrl: server.url } })
    const ask = { model: 'demo', contents: 'hello' }
    await expect(stranger.models.generateContent(ask)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('UNAUTHENTICATED') as string,
    })
    await expect(client.models.generateContent({ ...ask, model: 'nobody' })).rejects.toMatchObject({
      status: 404,
    })
    await expect(
      client.models.generateContent({ ...ask, config: { temperature: 'hot' as never } }),
    ).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('generationConfig.temperature') as string,
    })
  })
})
