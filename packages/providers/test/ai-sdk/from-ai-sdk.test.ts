import { setImmediate as turn } from 'node:timers/promises'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ApiError, call, createGate, type Batch } from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
} from '@sluice/core/wire'
import { fromAiSdk, type AiSdkLanguageModel, type AiSdkPart } from '@sluice/providers/ai-sdk'
import { CompletionAccumulator } from '@sluice/sse-stream/internal'
import { APICallError } from 'ai'
import { MockLanguageModelV3, MockLanguageModelV4 } from 'ai/test'
import { lastValueFrom, toArray, type Observable } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { fakeClock } from '../../../sse-stream/test/fake-clock.ts'
import { completion, ending, stream, upstream, word } from '../upstream.ts'

const params: ChatCompletionCreateParams = {
  model: 'asked',
  messages: [{ role: 'user', content: 'hi' }],
}
const streamed = { ...params, stream: true }
const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()))
const chunksOf = (batches: Batch[]) =>
  batches.flatMap((batch) => batch.chunks() as ChatCompletionChunk[])
const failureOf = (source: Observable<unknown>): Promise<ApiError> =>
  all(source).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )

const usage = {
  inputTokens: { total: 10, noCache: 6, cacheRead: 4, cacheWrite: undefined },
  outputTokens: { total: 7, text: 5, reasoning: 2 },
}
const counted = {
  prompt_tokens: 10,
  completion_tokens: 7,
  total_tokens: 17,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
}
const finish = (
  unified: 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'other' | 'error' = 'stop',
) => ({ type: 'finish', finishReason: { unified, raw: 'raw' }, usage }) as const

/** A model that streams these parts. */
function speaking(...parts: readonly AiSdkPart[]) {
  const source = () =>
    new ReadableStream<never>({
      start(controller) {
        for (const part of parts) controller.enqueue(part as never)
        controller.close()
      },
    })
  return new MockLanguageModelV4({
    provider: 'mock.chat',
    modelId: 'mock-1',
    doStream: async () => ({ stream: source() }),
  })
}

/** A model whose stream the test feeds, and that counts how often it is asked for more. */
function fed() {
  let controller!: ReadableStreamDefaultController<never>
  const seen = { pulls: 0, cancelled: false, signal: undefined as AbortSignal | undefined }
  const model = new MockLanguageModelV4({
    doStream: async ({ abortSignal }) => {
      seen.signal = abortSignal
      const source = new ReadableStream<never>(
        {
          start: (started) => void (controller = started),
          pull: () => void seen.pulls++,
          cancel: () => void (seen.cancelled = true),
        },
        { highWaterMark: 0 },
      )
      return { stream: source }
    },
  })
  return {
    model,
    seen,
    say: (...parts: AiSdkPart[]) => parts.forEach((part) => controller.enqueue(part as never)),
  }
}

const spoken: AiSdkPart[] = [
  { type: 'stream-start', warnings: [] } as AiSdkPart,
  {
    type: 'response-metadata',
    id: 'resp-1',
    modelId: 'mock-real',
    timestamp: new Date(1_700_000_000_500),
  } as AiSdkPart,
  { type: 'reasoning-delta', id: 'r', delta: 'hm' } as AiSdkPart,
  { type: 'text-start', id: 't' } as AiSdkPart,
  { type: 'text-delta', id: 't', delta: 'Hel' } as AiSdkPart,
  { type: 'text-delta', id: 't', delta: 'lo' } as AiSdkPart,
  {
    type: 'source',
    sourceType: 'url',
    id: 's',
    url: 'https://example.com',
    title: 'Example',
  } as AiSdkPart,
  { type: 'tool-input-start', id: 'c1', toolName: 'f' } as AiSdkPart,
  { type: 'tool-input-delta', id: 'c1', delta: '{"a"' } as AiSdkPart,
  { type: 'tool-input-delta', id: 'c1', delta: ':1}' } as AiSdkPart,
  { type: 'tool-input-end', id: 'c1' } as AiSdkPart,
  { type: 'tool-call', toolCallId: 'c1', toolName: 'f', input: '{"a":1}' } as AiSdkPart,
  { type: 'tool-call', toolCallId: 'c2', toolName: 'g', input: '{}' } as AiSdkPart,
  {
    type: 'tool-call',
    toolCallId: 'c3',
    toolName: 'web',
    input: '{}',
    providerExecuted: true,
  } as AiSdkPart,
  { type: 'something-new' },
  finish('tool-calls'),
]
const message = {
  role: 'assistant',
  content: 'Hello',
  refusal: null,
  reasoning_content: 'hm',
  annotations: [
    {
      type: 'url_citation',
      url_citation: { start_index: 0, end_index: 0, title: 'Example', url: 'https://example.com' },
    },
  ],
  tool_calls: [
    { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
    { id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } },
  ],
}

describe('a model of the AI SDK', () => {
  it('streams text, thoughts, calls, sources and usage as OpenAI would', async () => {
    const asked = call('chat.completions', { ...streamed, stream_options: { include_usage: true } })
    const batches = await all(fromAiSdk(speaking(...spoken))(asked))
    const chunks = chunksOf(batches)
    const accumulator = new CompletionAccumulator()
    for (const chunk of chunks) accumulator.add(chunk)
    expect(accumulator.result()).toEqual({
      id: 'resp-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'mock-real',
      choices: [{ index: 0, message, finish_reason: 'tool_calls', logprobs: null }],
      usage: counted,
    })
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(1)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: counted })
    expect(batches.length).toBeLessThan(4)
    expect(asked.report).toMatchObject({ provider: 'mock', model: 'mock-1', attempts: 1 })
  })

  it('answers whole what is not streamed', async () => {
    const content = [
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'Hello' },
      { type: 'tool-call', toolCallId: 'c1', toolName: 'f', input: '' },
    ] as const
    const model = new MockLanguageModelV4({
      doGenerate: {
        content: [...content],
        finishReason: { unified: 'tool-calls', raw: undefined },
        usage,
        warnings: [],
      },
    })
    const [batch] = await all(fromAiSdk(model)(call('chat.completions', params)))
    expect((batch!.document() as ChatCompletion).choices).toMatchObject([
      {
        finish_reason: 'tool_calls',
        message: {
          content: 'Hello',
          reasoning_content: 'hm',
          tool_calls: [{ id: 'c1', function: { arguments: '{}' } }],
        },
      },
    ])
    expect(batch!.usage).toEqual(counted)
  })

  it.each([
    ['stop', 'stop', undefined],
    ['length', 'length', undefined],
    ['content-filter', 'content_filter', undefined],
    ['other', 'stop', 'raw'],
  ] as const)('ends a %s as %s', async (unified, reason, native) => {
    const chunks = chunksOf(
      await all(
        fromAiSdk(speaking({ type: 'text-delta', delta: 'x' } as AiSdkPart, finish(unified)))(
          call('chat.completions', streamed),
        ),
      ),
    )
    expect(chunks.at(-1)!.choices[0]).toMatchObject({
      finish_reason: reason,
      ...(native === undefined ? {} : { native_finish_reason: native }),
    })
  })

  it('may be of an older specification', async () => {
    const old: AiSdkLanguageModel = {
      specificationVersion: 'v2',
      provider: 'old',
      modelId: 'old-1',
      doGenerate: () => Promise.reject(new Error('not asked')),
      doStream: async () => ({
        stream: new ReadableStream({
          start(controller) {
            controller.enqueue({ type: 'text-delta', id: '1', delta: 'x' })
            controller.enqueue({
              type: 'finish',
              finishReason: 'unknown',
              usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3, cachedInputTokens: 1 },
            })
            controller.close()
          },
        }),
      }),
    }
    const batches = await all(fromAiSdk(old)(call('chat.completions', streamed)))
    expect(batches.at(-1)!.usage).toEqual({
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
      prompt_tokens_details: { cached_tokens: 1 },
    })
    const whole = new MockLanguageModelV3({
      doGenerate: {
        content: [{ type: 'text', text: 'y' }],
        finishReason: { unified: 'stop', raw: 'end' },
        usage,
        warnings: [],
      },
    })
    const [batch] = await all(fromAiSdk(whole)(call('chat.completions', params)))
    expect(batch!.text()).toBe('y')
  })

  it('lists the params that it left out, or refuses them', async () => {
    const asked = call('chat.completions', { ...streamed, logit_bias: { '1': 1 } })
    const model = speaking({ type: 'text-delta', delta: 'x' } as AiSdkPart, finish())
    await all(fromAiSdk(model, { providerOptions: { mock: { fast: true } } })(asked))
    expect(asked.report.droppedParams).toEqual(['logit_bias'])
    expect(model.doStreamCalls[0]!.providerOptions).toEqual({ mock: { fast: true } })
    const failure = await failureOf(
      fromAiSdk(model, { strictParams: true })(
        call('chat.completions', { ...streamed, logit_bias: { '1': 1 } }),
      ),
    )
    expect(failure).toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'logit_bias',
    })
    expect(model.doStreamCalls).toHaveLength(1)
  })

  it('gives several choices by several calls', async () => {
    const model = speaking({ type: 'text-delta', delta: 'x' } as AiSdkPart, finish())
    const batches = await all(fromAiSdk(model)(call('chat.completions', { ...streamed, n: 3 })))
    const ended = chunksOf(batches).flatMap(({ choices }) =>
      choices.filter((choice) => choice.finish_reason !== null),
    )
    expect(new Set(ended.map(({ index }) => index))).toEqual(new Set([0, 1, 2]))
    expect(ended).toHaveLength(3)
    expect(batches.at(-1)!.usage).toMatchObject({ total_tokens: 51 })
    expect(model.doStreamCalls).toHaveLength(3)
  })

  it('is aborted when the client leaves, before it speaks and after', async () => {
    for (const says of [false, true]) {
      const { model, seen, say } = fed()
      const batches: Batch[] = []
      const subscription = fromAiSdk(model)(call('chat.completions', streamed)).subscribe((batch) =>
        batches.push(batch),
      )
      await vi.waitFor(() => expect(seen.pulls).toBe(1))
      if (says) {
        say({ type: 'text-delta', id: '1', delta: 'x' } as AiSdkPart)
        await vi.waitFor(() => expect(batches).toHaveLength(1))
      }
      subscription.unsubscribe()
      expect([seen.signal!.aborted, seen.cancelled]).toEqual([true, true])
    }
  })

  it('is not read while the gate is held', async () => {
    const { model, seen, say } = fed()
    const gate = createGate()
    const batches: Batch[] = []
    const subscription = fromAiSdk(model)(call('chat.completions', streamed, { gate })).subscribe(
      (batch) => batches.push(batch),
    )
    await vi.waitFor(() => expect(seen.pulls).toBe(1))
    const release = gate.hold()
    say({ type: 'text-delta', id: '1', delta: 'x' } as AiSdkPart)
    await vi.waitFor(() => expect(batches).toHaveLength(1))
    for (let wait = 0; wait < 10; wait++) await turn()
    expect(seen.pulls).toBe(1)
    release()
    await vi.waitFor(() => expect(seen.pulls).toBe(2))
    subscription.unsubscribe()
  })

  it('does not fill the memory when it never makes us wait', async () => {
    let said = 0
    const source = new ReadableStream<never>({
      pull: (controller) =>
        controller.enqueue({ type: 'text-delta', id: '1', delta: `${said++}` } as never),
    })
    const gate = createGate()
    const model = new MockLanguageModelV4({ doStream: { stream: source } })
    const subscription = fromAiSdk(model)(call('chat.completions', streamed, { gate })).subscribe(
      () => void gate.hold(),
    )
    await vi.waitFor(() => expect(said).toBeGreaterThan(0))
    for (let wait = 0; wait < 10; wait++) await turn()
    expect(said).toBeLessThan(200)
    subscription.unsubscribe()
  })

  const refused = (statusCode: number | undefined, responseBody = '{"error":{"message":"no"}}') =>
    new APICallError({
      message: 'it failed',
      url: 'https://secret.example',
      requestBodyValues: {},
      ...(statusCode === undefined ? {} : { statusCode }),
      responseBody,
      responseHeaders: { 'retry-after': '3' },
    })
  it.each([
    [
      '429',
      refused(429),
      { status: 429, code: 'rate_limit_exceeded', message: 'no', retryAfterMs: 3000 },
    ],
    [
      '400',
      refused(400, 'not json'),
      { status: 400, code: 'invalid_request_error', message: 'it failed' },
    ],
    ['401', refused(401), { status: 502, code: 'upstream_auth_error' }],
    ['503', refused(503), { status: 503, code: 'upstream_unavailable' }],
    ['no answer', refused(undefined), { status: 502, code: 'upstream_unreachable' }],
    [
      'an unsupported request',
      Object.assign(new Error('no audio'), { name: 'AI_UnsupportedFunctionalityError' }),
      { status: 400, message: 'no audio' },
    ],
    [
      'a missing key',
      Object.assign(new Error('set SECRET_KEY'), { name: 'AI_LoadAPIKeyError' }),
      { status: 502, code: 'upstream_auth_error' },
    ],
    [
      'anything else',
      new Error('secret'),
      { status: 502, code: 'upstream_error', message: 'The model of this name failed to answer.' },
    ],
  ])('fails with what its %s means', async (_name, error, expected) => {
    const fails = () => Promise.reject(error)
    const model = new MockLanguageModelV4({ doGenerate: fails, doStream: fails })
    expect(await failureOf(fromAiSdk(model)(call('chat.completions', params)))).toMatchObject(
      expected,
    )
    expect(await failureOf(fromAiSdk(model)(call('chat.completions', streamed)))).toMatchObject(
      expected,
    )
    expect(
      await failureOf(
        fromAiSdk(speaking({ type: 'error', error } as AiSdkPart))(
          call('chat.completions', streamed),
        ),
      ),
    ).toMatchObject(expected)
  })

  it('fails when its stream ends early', async () => {
    const nothing = await failureOf(fromAiSdk(speaking())(call('chat.completions', streamed)))
    expect(nothing.code).toBe('upstream_empty_stream')
    const half = await failureOf(
      fromAiSdk(speaking({ type: 'text-delta', delta: 'x' } as AiSdkPart))(
        call('chat.completions', streamed),
      ),
    )
    expect(half.code).toBe('stream_incomplete')
  })

  it('fails when it says that it has failed', async () => {
    const model = speaking({ type: 'text-delta', delta: 'x' } as AiSdkPart, finish('error'))
    expect((await failureOf(fromAiSdk(model)(call('chat.completions', streamed)))).code).toBe(
      'upstream_error',
    )
    const whole = new MockLanguageModelV4({
      doGenerate: {
        content: [],
        finishReason: { unified: 'error', raw: 'x' },
        usage,
        warnings: [],
      },
    })
    expect((await failureOf(fromAiSdk(whole)(call('chat.completions', params)))).code).toBe(
      'upstream_error',
    )
  })

  it('fails when it stays silent, and is aborted', async () => {
    const clock = fakeClock()
    const { model, seen } = fed()
    const failure = failureOf(
      fromAiSdk(model, { clock, timeouts: { firstTokenMs: 50 } })(
        call('chat.completions', streamed),
      ),
    )
    await vi.waitFor(() => expect(seen.pulls).toBe(1))
    clock.advance(50)
    expect((await failure).code).toBe('upstream_timeout')
    expect(seen.signal!.aborted).toBe(true)
  })

  it('offers nothing but chat', async () => {
    const provider = fromAiSdk(speaking())
    expect([provider.supports('chat.completions'), provider.supports('embeddings')]).toEqual([
      true,
      false,
    ])
    expect((await failureOf(provider(call('embeddings', { model: 'm', input: 'x' })))).code).toBe(
      'unsupported_endpoint',
    )
  })

  it('may be a real one', async () => {
    await using up = await upstream((_req, res, body) => {
      if ((JSON.parse(body) as { stream?: boolean }).stream === true)
        stream(res, word('Hel'), word('lo')).end(ending)
      else res.setHeader('content-type', 'application/json').end(JSON.stringify(completion))
    })
    const vendor = createOpenAICompatible({
      name: 'real',
      baseURL: up.url,
      apiKey: 'k',
      includeUsage: true,
    })
    const provider = fromAiSdk(vendor.chatModel('m'))
    const batches = await all(provider(call('chat.completions', streamed)))
    expect(batches.map((batch) => batch.text()).join('')).toBe('Hello')
    expect(batches.at(-1)!.usage).toMatchObject({
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
    })
    const [whole] = await all(provider(call('chat.completions', params)))
    expect(whole!.text()).toBe('hello')
    expect(provider.id).toBe('real')
  })
})
