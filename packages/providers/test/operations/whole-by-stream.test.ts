import { ApiError, call } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { qwen } from '@sluice/providers/qwen'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ending, stream, upstream, word } from '../upstream.ts'

const params: ChatCompletionCreateParams = {
  model: 'qwen3-32b',
  messages: [{ role: 'user', content: 'hi' }],
}
const frame = (delta: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`
const ask = (baseURL: string, more: Partial<ChatCompletionCreateParams> = {}) =>
  lastValueFrom(
    qwen({ baseURL })(call<'chat.completions'>('chat.completions', { ...params, ...more })),
  )

describe('a whole answer that its vendor gives as a stream alone', () => {
  it('is put together of its stream, with thoughts, calls and usage', async () => {
    const pieces = [
      { role: 'assistant', reasoning_content: 'Let me ' },
      { reasoning_content: 'see.' },
      { content: 'Wait.' },
      {
        tool_calls: [
          { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a"' } },
        ],
      },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
    ]
    await using up = await upstream(
      (_req, res) => void stream(res, ...pieces.map(frame), ending).end(),
    )
    const batch = await ask(up.url)
    const { choices, usage, object } = batch.document()!
    expect(object).toBe('chat.completion')
    expect(choices[0]!.message).toMatchObject({
      role: 'assistant',
      content: 'Wait.',
      reasoning_content: 'Let me see.',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    })
    expect(usage).toEqual({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 })
    expect(batch.usage).toEqual(usage)
    expect(JSON.parse(up.requests[0]!.body)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  it('has as many choices as are asked for', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('a'), ending).end())
    const batch = await ask(up.url, { n: 2 })
    expect(batch.document()!.choices.map(({ index, message }) => [index, message.content])).toEqual(
      [
        [0, 'a'],
        [1, 'a'],
      ],
    )
  })

  it('fails as a whole where its stream breaks or says that it failed', async () => {
    const error = 'data: {"error":{"code":"Arrearage","message":"Access denied."}}\n\n'
    for (const [frames, code] of [
      [[word('a')], 'stream_incomplete'],
      [[word('a'), error], 'insufficient_quota'],
      [[error], 'insufficient_quota'],
    ] as const) {
      await using up = await upstream((_req, res) => void stream(res, ...frames).end())
      const thrown: unknown = await ask(up.url).catch((one: unknown) => one)
      expect(ApiError.is(thrown) && thrown.code).toBe(code)
    }
  })
})
