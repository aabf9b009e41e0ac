import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fakeVendor } from '@sluice/conformance'
import { demo } from '@sluice/demo'
import { endpoints, mount } from '@sluice/endpoints'
import { anthropic } from '@sluice/providers/anthropic'
import { openaiCompatible } from '@sluice/providers'
import type { Handler } from '@sluice/core'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

async function clientOf(handler: Handler) {
  const server = createServer(mount('/v1', endpoints(handler)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'x', maxRetries: 0 })
}

async function chatVendor() {
  const asked: { messages: { role: string; content: unknown }[] }[] = []
  const vendor = await fakeVendor({
    reply: (params) => {
      asked.push(params as never)
      return 'They want a cake.'
    },
  })
  cleanups.push(() => vendor[Symbol.asyncDispose]())
  const provider = openaiCompatible({ id: 'alike', baseURL: `${vendor.url}/v1`, apiKey: 'x' })
  return { provider, asked }
}

const history = [
  { role: 'user' as const, content: 'I want a cake.' },
  { role: 'assistant' as const, content: 'Which one?' },
]

describe('POST /responses/compact', () => {
  it('puts a conversation into one item, which stands for it in the next response', async () => {
    const { provider, asked } = await chatVendor()
    const client = await clientOf(provider)
    const compacted = await client.responses.compact({ model: 'm', input: history })
    expect(compacted).toMatchObject({
      object: 'response.compaction',
      usage: { input_tokens: expect.any(Number) },
    })
    expect(compacted.output.map(({ type }) => type)).toEqual(['compaction'])
    expect(JSON.stringify(compacted.output)).not.toContain('cake')
    await client.responses.create({
      model: 'm',
      input: [...(compacted.output as never[]), { role: 'user', content: 'A round one.' }],
    })
    expect(JSON.stringify(asked[1]!.messages)).toContain('They want a cake.')
    expect(asked[1]!.messages.at(-1)!.content).toBe('A round one.')
  })

  it('goes on from a response that is kept, and keeps nothing itself', async () => {
    const { provider, asked } = await chatVendor()
    const client = await clientOf(provider)
    const first = await client.responses.create({ model: 'm', input: 'I want a cake.' })
    const compacted = await client.responses.compact({
      model: 'm',
      previous_response_id: first.id,
    })
    expect(JSON.stringify(asked[1]!.messages)).toContain('I want a cake.')
    await expect(client.responses.retrieve(compacted.id)).rejects.toMatchObject({ status: 404 })
  })

  it('says that a model is missing', async () => {
    const client = await clientOf(demo())
    await expect(client.post('/responses/compact', { body: { input: 'x' } })).rejects.toMatchObject(
      { status: 400, param: 'model' },
    )
  })

  it('hands on the failure of the vendor', async () => {
    const client = await clientOf(anthropic({ apiKey: 'x', baseURL: 'http://127.0.0.1:9' }))
    await expect(client.responses.compact({ model: 'm', input: history })).rejects.toMatchObject({
      status: 502,
    })
  })
})

describe('POST /responses/input_tokens', () => {
  it('estimates where the vendor cannot count', async () => {
    const { provider, asked } = await chatVendor()
    const client = await clientOf(provider)
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20)
    const counted = await client.responses.inputTokens.count({ model: 'm', input: text })
    expect(counted.object).toBe('response.input_tokens')
    expect(counted.input_tokens).toBeGreaterThan(180)
    expect(counted.input_tokens).toBeLessThan(280)
    expect(asked).toEqual([])
  })

  it('counts a picture alike, however long its data', async () => {
    const client = await clientOf(demo())
    const count = async (length: number) => {
      const url = `data:image/png;base64,${'A'.repeat(length)}`
      const content = [{ type: 'input_image' as const, image_url: url, detail: 'auto' as const }]
      const input = [{ role: 'user' as const, content }]
      return (await client.responses.inputTokens.count({ model: 'demo', input })).input_tokens
    }
    expect(await count(100)).toBe(await count(100_000))
  })

  it('asks a vendor that can', async () => {
    const paths: string[] = []
    const vendor = createServer((req, res) => {
      paths.push(req.url ?? '')
      req.resume()
      res.setHeader('content-type', 'application/json')
      res.end('{"object":"response.input_tokens","input_tokens":7}')
    })
    vendor.listen(0, '127.0.0.1')
    await once(vendor, 'listening')
    cleanups.push(() => {
      vendor.closeAllConnections()
      vendor.close()
    })
    const { openai } = await import('@sluice/providers/openai')
    const { port } = vendor.address() as AddressInfo
    const client = await clientOf(openai({ apiKey: 'x', baseURL: `http://127.0.0.1:${port}/v1` }))
    const counted = await client.responses.inputTokens.count({ model: 'm', input: 'hi' })
    expect(counted.input_tokens).toBe(7)
    expect(paths).toEqual(['/v1/responses/input_tokens'])
  })
})
