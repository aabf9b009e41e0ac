import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { call, type Batch } from '@sluice/core'
import type { ChatCompletion } from '@sluice/core/wire'
import { gemini } from '@sluice/providers/gemini'
import { lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MODEL, response } from './support.ts'

const requests: IncomingMessage[] = []
const server = createServer((req, res) => {
  requests.push(req)
  req.resume().on('end', () => {
    if (req.url!.includes('busy')) {
      res.writeHead(429, { 'content-type': 'application/json' })
      const details = [
        null,
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' },
      ]
      res.end(
        JSON.stringify({
          error: { code: 429, message: 'Later.', status: 'RESOURCE_EXHAUSTED', details },
        }),
      )
      return
    }
    res.writeHead(200, { 'content-type': 'application/json' })
    res.end(JSON.stringify(response([{ text: 'Hi' }], { finishReason: 'STOP' })))
  })
})
let baseURL = ''

beforeAll(async () => {
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening)
  })
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const parameters = { type: 'object', properties: { city: { type: 'string', pattern: '^[A-Z]' } } }
const params = {
  model: MODEL,
  messages: [{ role: 'user' as const, content: 'Hi' }],
  tools: [{ type: 'function' as const, function: { name: 'look', parameters } }],
  logit_bias: { 1: 2 },
  min_p: 0.1,
}

test('says what of a request was left out or loosened', async () => {
  const provider = gemini({ apiKey: 'AIza-key', baseURL })
  const asked = call('chat.completions', params)
  const batch: Batch<never, ChatCompletion> = (await lastValueFrom(provider(asked))) as never
  provider.close()
  expect(batch.document()!.choices[0]!.message.content).toBe('Hi')
  expect(asked.report.droppedParams).toEqual(['logit_bias', 'min_p'])
  expect(asked.report.headers['x-sluice-weakened-schema']).toBe('look: pattern')
  expect(requests.at(-1)!.headers['x-goog-api-key']).toBe('AIza-key')
  expect(requests.at(-1)!.url).toBe(`/v1beta/models/${MODEL}:generateContent`)
})

test('refuses what cannot be carried where the host is strict, and asks nobody', async () => {
  const before = requests.length
  const provider = gemini({ apiKey: 'AIza-key', baseURL, strictParams: true })
  await expect(lastValueFrom(provider(call('chat.completions', params)))).rejects.toMatchObject({
    status: 400,
    code: 'unsupported_parameter',
    param: 'logit_bias',
  })
  provider.close()
  expect(requests).toHaveLength(before)
})

test('hands on how long to wait, which stands in the body of the error', async () => {
  const provider = gemini({ apiKey: 'AIza-key', baseURL, model: 'busy' })
  await expect(lastValueFrom(provider(call('chat.completions', params)))).rejects.toMatchObject({
    status: 429,
    message: 'Later.',
    retryAfterMs: 34_500,
  })
  provider.close()
})

test('gives each provider a memory of its own', () => {
  expect(gemini.spec).not.toBe(gemini.spec)
  expect(gemini.spec.id).toBe('gemini')
})
