import { call, type ApiError, type Call } from '@sluice/core'
import { createProvider, openaiCompatibleSpec, type Provider } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { gemini } from '@sluice/providers/gemini'
import { modelRouter } from '@sluice/router'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

/** A vendor that says one thing to everybody. */
async function vendor(status: number, body: unknown) {
  const type = typeof body === 'string' ? 'text/event-stream' : 'application/json'
  const server = createServer((req, res) => {
    req.resume().on('end', () => {
      res
        .writeHead(status, { 'content-type': type })
        .end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const alike = (baseURL: string): Provider =>
  createProvider(openaiCompatibleSpec({ id: 'alike', baseURL }), { apiKey: 'k' })
const claude = (baseURL: string): Provider => anthropic({ baseURL, apiKey: 'k' })
const google = (baseURL: string): Provider => gemini({ baseURL, apiKey: 'k' })
const answer = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'from the next' }, finish_reason: 'stop' },
  ],
}
const ask = (stream: boolean): Call<'chat.completions'> =>
  call<'chat.completions'>('chat.completions', {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    stream,
  })

const ELSEWHERE: readonly (readonly [string, (url: string) => Provider, number, unknown])[] = [
  [
    'Google’s refusal of a key',
    google,
    400,
    { error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } },
  ],
  [
    'xAI’s refusal of a key',
    alike,
    400,
    { code: 'x', error: 'Incorrect API key provided: xa***yz.' },
  ],
  [
    'Google’s closed region',
    google,
    400,
    { error: { code: 400, message: 'User location is not supported for the API use.' } },
  ],
  [
    'Anthropic’s spent balance',
    claude,
    400,
    {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low' },
    },
  ],
  [
    'DashScope’s spent balance',
    alike,
    400,
    { error: { code: 'Arrearage', message: 'Access denied.' } },
  ],
  ['a spent balance with 200', alike, 200, { success: false, message: '账户余额不足' }],
  [
    'a spent balance in a stream',
    alike,
    200,
    'data: {"error":{"type":"insufficient_quota","message":"no"}}\n\n',
  ],
  ['a refused key in a stream', alike, 200, 'data: {"code":"InvalidApiKey","message":"no"}\n\n'],
  ['a limited rate with 400', alike, 400, { error: { message: 'Rate limit reached' } }],
]

describe('a failure that a vendor tells oddly', () => {
  it.each(ELSEWHERE)(
    'sends the call to the next target: %s',
    async (_what, provider, status, body) => {
      await using first = await vendor(status, body)
      await using next = await vendor(200, answer)
      const router = modelRouter({ m: [provider(first.url), alike(next.url)] })
      for (const stream of [false, true]) {
        const asked = ask(stream)
        await lastValueFrom(router(asked))
        expect(asked.report.attempts).toBeGreaterThanOrEqual(2)
      }
    },
  )

  it('stays the caller’s where the request is at fault', async () => {
    await using first = await vendor(422, {
      detail: [{ loc: ['body', 'x'], msg: 'is not permitted' }],
    })
    await using next = await vendor(200, answer)
    const failed: unknown = await lastValueFrom(
      modelRouter({ m: [alike(first.url), alike(next.url)] })(ask(false)),
    ).catch((error: unknown) => error)
    expect([(failed as ApiError).status, (failed as ApiError).message]).toEqual([
      422,
      'body.x: is not permitted',
    ])
  })
})
