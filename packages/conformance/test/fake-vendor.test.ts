import { ConfigError } from '@sluice/core'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeVendor, type FakeVendor, type FakeVendorOptions } from '../src/index.ts'

let vendor: FakeVendor | undefined
afterEach(() => vendor?.close())
async function start(options: FakeVendorOptions = {}): Promise<OpenAI> {
  vendor = await fakeVendor(options)
  return new OpenAI({
    apiKey: options.apiKey ?? 'sk-any',
    baseURL: `${vendor.url}/v1`,
    maxRetries: 0,
  })
}
const messages = [{ role: 'user' as const, content: 'Hello, 世界!' }]

describe('fakeVendor', () => {
  it('repeats the last message, whole and streamed alike', async () => {
    const client = await start()
    const whole = await client.chat.completions.create({ model: 'fake-1', messages })
    expect(whole.choices[0]).toMatchObject({
      message: { content: 'You said: Hello, 世界!' },
      finish_reason: 'stop',
    })
    const stream = client.chat.completions.stream({
      model: 'fake-1',
      messages,
      stream_options: { include_usage: true },
    })
    const streamed = await stream.finalChatCompletion()
    expect(streamed.choices[0]).toMatchObject({
      message: { content: 'You said: Hello, 世界!' },
      finish_reason: 'stop',
    })
    expect(streamed.usage).toEqual(whole.usage)
  })

  it('gives each of several choices', async () => {
    const client = await start()
    const { choices } = await client.chat.completions.create({ model: 'fake-1', messages, n: 3 })
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2])
  })

  it('says what the test wants: text, thoughts and tool calls', async () => {
    const toolCalls = [
      { name: 'weather', arguments: '{"city":"Zürich"}' },
      { name: 'time', arguments: '{}' },
    ]
    const client = await start({
      reply: ({ model }) =>
        model === 'thinker' ? { reasoning_content: 'Well …', content: 'Yes.' } : { toolCalls },
    })
    const stream = client.chat.completions.stream({ model: 'fake-1', messages })
    const { choices } = await stream.finalChatCompletion()
    expect(choices[0]!.finish_reason).toBe('tool_calls')
    expect(
      choices[0]!.message.tool_calls!.map(
        (call) => call.type === 'function' && call.function.arguments,
      ),
    ).toEqual(['{"city":"Zürich"}', '{}'])
    const thought = await client.chat.completions.create({ model: 'thinker', messages })
    expect(thought.choices[0]!.message).toMatchObject({
      reasoning_content: 'Well …',
      content: 'Yes.',
    })
  })

  it('tells the usage of a stream only where it is asked for', async () => {
    const client = await start()
    const usages: unknown[] = []
    for await (const chunk of await client.chat.completions.create({
      model: 'fake-1',
      messages,
      stream: true,
    })) {
      if (chunk.usage !== undefined) usages.push(chunk.usage)
    }
    expect(usages).toEqual([])
  })

  it('keeps the pace that it is given', async () => {
    const client = await start({ firstTokenMs: 60, tokenMs: 20, reply: () => 'one two three' })
    const from = performance.now()
    const at: number[] = []
    for await (const chunk of await client.chat.completions.create({
      model: 'fake-1',
      messages,
      stream: true,
    })) {
      if (chunk.choices[0]?.delta.content) at.push(performance.now() - from)
    }
    expect(at[0]).toBeGreaterThanOrEqual(58)
    expect(at[2]! - at[0]!).toBeGreaterThanOrEqual(36)
  })

  it('notes that a client has left in the middle', async () => {
    const client = await start({ tokenMs: 5, reply: () => 'word '.repeat(1000) })
    for await (const _chunk of await client.chat.completions.create({
      model: 'fake-1',
      messages,
      stream: true,
    }))
      break
    while (!vendor!.requests[0]?.aborted) await new Promise((resolve) => setImmediate(resolve))
    expect(vendor!.requests).toMatchObject([
      { method: 'POST', path: '/v1/chat/completions', body: { model: 'fake-1' } },
    ])
  })

  it('gives vectors of length 1 that are the same in both encodings, for each input another', async () => {
    const client = await start()
    const create = (encoding_format: 'float' | 'base64') =>
      fetch(`${vendor!.url}/v1/embeddings`, {
        method: 'POST',
        body: JSON.stringify({
          model: 'fake-e',
          input: ['a', 'b'],
          dimensions: 16,
          encoding_format,
        }),
      }).then(
        (response) => response.json() as Promise<{ data: { embedding: number[] | string }[] }>,
      )
    const floats = await create('float')
    const base64 = await create('base64')
    for (const [index, { embedding }] of floats.data.entries()) {
      const vector = embedding as number[]
      expect(Math.hypot(...vector)).toBeCloseTo(1)
      const bytes = Buffer.from(base64.data[index]!.embedding as string, 'base64')
      expect(vector.map((_, at) => bytes.readFloatLE(at * 4))).toEqual(vector)
    }
    expect(floats.data[0]).not.toEqual(floats.data[1])
    const { data } = await client.embeddings.create({ model: 'fake-e', input: 'a', dimensions: 16 })
    expect(data[0]!.embedding).toHaveLength(16)
  })

  it('lists its models', async () => {
    const client = await start({ models: ['small', 'large'] })
    const ids: string[] = []
    for await (const model of client.models.list()) ids.push(model.id)
    expect(ids).toEqual(['small', 'large'])
  })

  it('asks for its key where it has one', async () => {
    const client = await start({ apiKey: 'sk-right' })
    await expect(client.withOptions({ apiKey: 'sk-wrong' }).models.list()).rejects.toMatchObject({
      status: 401,
    })
    await expect(client.models.list()).resolves.toBeDefined()
  })

  it('knows no other path', async () => {
    const client = await start()
    await expect(client.files.list()).rejects.toMatchObject({ status: 404 })
  })

  it('refuses an option that it does not know', async () => {
    vendor = undefined
    await expect(fakeVendor({ pace: 3 } as FakeVendorOptions)).rejects.toThrow(ConfigError)
  })
})
