import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { endpoints, mount } from '@sluice/endpoints'
import { openai } from '@sluice/providers/openai'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { describe, expect, it } from 'vitest'
import { listen } from '../support/hosts.ts'
import { until } from '../support/until.ts'

const ask = { model: 'gpt-x', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-x' }
const frame = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason }] })}\n\n`
const counted = `data: ${JSON.stringify({ ...head, choices: [], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } })}\n\n`
const whole = `${frame({ content: 'Hello' })}${frame({}, 'stop')}${counted}data: [DONE]\n\n`

/** The door in front of a chat vendor that does what a test says. */
async function door(answer: (res: ServerResponse, params: ChatCompletionCreateParams) => unknown) {
  const requests: { params: ChatCompletionCreateParams; aborted: boolean }[] = []
  const vendor = await listen((req, res) => {
    const parts: Buffer[] = []
    req.on('data', (part: Buffer) => parts.push(part))
    req.on('end', () => {
      const params = JSON.parse(Buffer.concat(parts).toString()) as ChatCompletionCreateParams
      const request = { params, aborted: false }
      requests.push(request)
      res.on('close', () => (request.aborted = !res.writableFinished))
      answer(res, params)
    })
  })
  const provider = openai({ apiKey: 'sk-x', baseURL: `${vendor.url}/v1` })
  const server = await listen(
    mount('/v1', endpoints(provider, { dialects: ['anthropic'], maxBodyBytes: 1_000_000 })),
  )
  return {
    url: server.url,
    requests,
    post: (body: unknown, path = '/messages', signal?: AbortSignal) =>
      fetch(`${server.url}/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await vendor[Symbol.asyncDispose]()
    },
  }
}

const streaming = (res: ServerResponse) =>
  res.writeHead(200, { 'content-type': 'text/event-stream' })
const refuse =
  (status: number, error: object, headers: object = {}) =>
  (res: ServerResponse) =>
    void res
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ error }))
const answered = (res: ServerResponse) => void streaming(res).end(whole)

describe('messages to a vendor that knows chat alone', () => {
  it.each<[string, ReturnType<typeof refuse>, number, object]>([
    [
      'a prompt that is too long, with both numbers',
      refuse(400, {
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 130123 tokens.",
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      }),
      400,
      {
        type: 'invalid_request_error',
        message: 'prompt is too long: 130123 tokens > 128000 maximum',
      },
    ],
    [
      'a rate limit',
      refuse(429, { message: 'Slow down', code: 'rate_limit_exceeded' }, { 'retry-after': '3' }),
      429,
      { type: 'rate_limit_error', message: 'Slow down' },
    ],
    ['an overload', refuse(503, { message: 'busy' }), 529, { type: 'overloaded_error' }],
    ['its own failure', refuse(500, { message: 'oops' }), 500, { type: 'api_error' }],
    [
      'a refused param',
      refuse(400, { message: 'bad max_tokens', param: 'max_tokens' }),
      400,
      { type: 'invalid_request_error', message: 'bad max_tokens' },
    ],
  ])('have %s told in Anthropic’s form', async (_what, answer, status, error) => {
    await using at = await door(answer)
    for (const stream of [false, true]) {
      const response = await at.post({ ...ask, stream })
      expect(response.status).toBe(status)
      expect(await response.json()).toEqual({
        type: 'error',
        error: expect.objectContaining(error) as unknown,
        request_id: response.headers.get('request-id'),
      })
      if (status === 429) expect(response.headers.get('retry-after')).toBe('3')
    }
  })

  it('end a stream that is cut with an error event', async () => {
    await using at = await door(async (res) => {
      streaming(res).write(frame({ content: 'Hel' }))
      await wait(30)
      res.destroy()
    })
    const text = await (await at.post({ ...ask, stream: true })).text()
    expect(text).toContain('"text":"Hel"')
    expect(text).toMatch(/event: error\ndata: \{"type":"error","error":\{"type":"api_error".*\n\n$/)
    expect(text).not.toContain('message_stop')
    await using empty = await door((res) => void streaming(res).end())
    expect((await empty.post({ ...ask, stream: true })).status).toBe(502)
  })

  it.each(['', frame({ content: 'Hel' })])(
    'leave the vendor with the client (%j)',
    async (said) => {
      await using at = await door((res) => {
        if (said !== '') streaming(res).write(said)
      })
      const gone = new AbortController()
      const asked = at
        .post({ ...ask, stream: true }, '/messages', gone.signal)
        .then((response) => response.text())
      expect(await until(() => at.requests.length === 1)).toBe(true)
      await wait(30)
      gone.abort()
      await expect(asked).rejects.toThrow()
      expect(await until(() => at.requests[0]!.aborted)).toBe(true)
    },
  )

  it.each<[string, unknown, number, string]>([
    ['broken JSON', '{"model":', 400, ''],
    ['no model', { ...ask, model: undefined }, 400, 'model'],
    ['no limit', { ...ask, max_tokens: undefined }, 400, 'max_tokens'],
    ['a limit in words', { ...ask, max_tokens: 'many' }, 400, 'max_tokens'],
    ['no messages', { ...ask, messages: [] }, 400, 'messages'],
    [
      'a role that there is none of',
      { ...ask, messages: [{ role: 'tool', content: '' }] },
      400,
      'messages[0].role',
    ],
    [
      'content that is a number',
      { ...ask, messages: [{ role: 'user', content: 5 }] },
      400,
      'messages[0].content',
    ],
    [
      'a text that is none',
      { ...ask, messages: [{ role: 'user', content: [{ type: 'text', text: 5 }] }] },
      400,
      'messages[0].content[0].text',
    ],
    [
      'a result for no call',
      { ...ask, messages: [{ role: 'user', content: [{ type: 'tool_result', content: 'x' }] }] },
      400,
      'messages[0].content[0].tool_use_id',
    ],
    [
      'an input that is a text',
      {
        ...ask,
        messages: [
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: 'x' }] },
        ],
      },
      400,
      'messages[0].content[0].input',
    ],
    ['tools that are no list', { ...ask, tools: {} }, 400, 'tools'],
    ['a system that is a number', { ...ask, system: 1 }, 400, 'system'],
    ['a stream that is a word', { ...ask, stream: 'yes' }, 400, 'stream'],
    ['too much', { ...ask, system: 'x'.repeat(1_100_000) }, 413, ''],
  ])('refuse %s by its name', async (_what, body, status, field) => {
    await using at = await door(answered)
    const response = await at.post(body)
    expect(response.status).toBe(status)
    const { type, error } = (await response.json()) as {
      type: string
      error: { type: string; message: string }
    }
    expect(type).toBe('error')
    expect(error.type).toBe(status === 413 ? 'request_too_large' : 'invalid_request_error')
    if (field !== '') expect(error.message).toContain(`'${field}'`)
    expect(at.requests).toEqual([])
  })

  it('take 10,000 blocks', async () => {
    await using at = await door(answered)
    const content = Array.from({ length: 10_000 }, (_, id) => ({ type: 'text', text: `${id}` }))
    const response = await at.post({ ...ask, messages: [{ role: 'user', content }], stream: true })
    expect(response.status).toBe(200)
    expect(at.requests[0]!.params.messages).toHaveLength(1)
  })

  it('tell what is left out in a header', async () => {
    await using at = await door(answered)
    const response = await at.post({
      ...ask,
      stream: true,
      system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }],
      tools: [{ type: 'code_execution_20250825', name: 'code_execution' }],
    })
    expect(response.headers.get('x-sluice-dropped-params')).toBe(
      'tools.code_execution_20250825, cache_control',
    )
  })
})

const recorded = (name: string) =>
  (
    JSON.parse(
      readFileSync(
        new URL(`../fixtures/claude-code/${name}.request.json`, import.meta.url),
        'utf8',
      ),
    ) as { body: Record<string, unknown> & { tools: unknown[] } }
  ).body

describe('Claude Code over chat', () => {
  it('is understood in its first turn', async () => {
    await using at = await door(answered)
    const body = recorded('2')
    const response = await at.post(body, '/messages?beta=true')
    expect(response.headers.get('x-sluice-dropped-params')).toBe(
      'tools.defer_loading, cache_control, context_management',
    )
    expect(await response.text()).toContain('"text":"Hello"')
    const { params } = at.requests[0]!
    expect(params.messages.map(({ role }) => role)).toEqual(['system', 'user', 'system'])
    expect(params.tools).toHaveLength(body.tools.length)
    expect(params.reasoning_effort).toBe('high')
    expect(params.max_completion_tokens ?? params.max_tokens).toBe(32_000)
  })

  it.each(['3', 'thinking.2'])('goes on with the results of its tools (%s)', async (name) => {
    await using at = await door(answered)
    await (await at.post(recorded(name), '/messages?beta=true')).text()
    const { messages } = at.requests[0]!.params
    const assistant = messages.find(({ role }) => role === 'assistant')!
    const results = messages.filter(({ role }) => role === 'tool')
    expect(results.map((one) => one.tool_call_id)).toEqual(
      assistant.tool_calls!.map(({ id }) => id),
    )
    for (const { function: called } of assistant.tool_calls!)
      expect(JSON.parse(called!.arguments)).toBeTypeOf('object')
  })

  it('has its tokens estimated', async () => {
    await using at = await door(answered)
    const response = await at.post(recorded('count-tokens.2'), '/messages/count_tokens?beta=true')
    const { input_tokens: count } = (await response.json()) as { input_tokens: number }
    expect(count).toBeGreaterThan(200)
    expect(count).toBeLessThan(1500)
    expect(at.requests).toEqual([])
  })
})
