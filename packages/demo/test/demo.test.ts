import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  ApiError,
  call,
  ConfigError,
  createGate,
  type Batch,
  type Call,
  type Operation,
} from '@sluice/core'
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
} from '@sluice/core/wire'
import { demo } from '@sluice/demo'
import { CompletionAccumulator } from '@sluice/sse-stream/internal'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../sse-stream/test/fake-clock.ts'
import { checkChunks } from './check-chunks.ts'
import { checkSchema } from './check-schema.ts'

type ChatBatch = Batch<ChatCompletionChunk, ChatCompletion>

const user = (content: string) => [{ role: 'user' as const, content }]
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const clockTool = {
  type: 'function' as const,
  function: { name: 'get_time', parameters: { type: 'object', properties: {} } },
}

const chatCall = (
  params: Partial<ChatCompletionCreateParams>,
  options: Parameters<typeof call>[2] = {},
) =>
  call(
    'chat.completions',
    { model: 'demo', messages: user('Say hello.'), ...params },
    { requestId: 'req_1', ...options },
  )
const answer = <O extends Operation>(one: Call<O>) =>
  lastValueFrom(demo({ tokensPerSecond: 0, clock: steady() })(one).pipe(toArray()))

/** Real turns, but always the same time of day. */
function steady() {
  return {
    now: () => 0,
    wall: () => 1_700_000_000_000,
    setTimeout: (callback: () => void) => setImmediate(callback),
    clearTimeout: (timer: unknown) => clearImmediate(timer as NodeJS.Immediate),
  }
}

async function whole(params: Partial<ChatCompletionCreateParams> = {}): Promise<ChatCompletion> {
  const batches = (await answer(chatCall(params))) as ChatBatch[]
  expect(batches).toHaveLength(1)
  return batches[0]!.document()!
}

async function streamed(params: Partial<ChatCompletionCreateParams> = {}) {
  const batches = (await answer(chatCall({ ...params, stream: true }))) as ChatBatch[]
  const chunks = batches.flatMap((batch) => [...batch.chunks()])
  const accumulator = new CompletionAccumulator()
  for (const chunk of chunks) accumulator.add(chunk)
  return { batches, chunks, result: accumulator.result() }
}

const failureOf = (one: Call) =>
  answer(one).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )

const VARIETY: [string, Partial<ChatCompletionCreateParams>][] = [
  ['text', {}],
  ['text in Chinese', { messages: user('法国的首都是哪里？') }],
  ['several choices', { n: 3 }],
  ['a limit', { max_tokens: 7 }],
  ['a limit of nothing', { max_completion_tokens: 0 }],
  ['a stop at once', { stop: ['You'] }],
  ['log probabilities', { logprobs: true, top_logprobs: 3, n: 2 }],
  ['reasoning', { reasoning_effort: 'high' }],
  ['reasoning that takes all tokens', { reasoning_effort: 'high', max_completion_tokens: 5 }],
  ['a tool', { tools: [weather], messages: user('Use get_weather for Paris') }],
  [
    'several tools and choices, after some thought',
    {
      tools: [weather, clockTool],
      messages: user('get_weather, get_time'),
      n: 2,
      reasoning_effort: 'low',
    },
  ],
  [
    'a tool that is cut off',
    { tools: [weather], messages: user('Use get_weather for Paris'), max_tokens: 4 },
  ],
  [
    'a tool that is not reached',
    { tools: [weather], messages: user('Use get_weather for Paris'), max_tokens: 0 },
  ],
  ['a JSON object', { response_format: { type: 'json_object' } }],
]

describe('the demo’s chat answer', () => {
  it('is exactly OpenAI’s', async () => {
    const completion = await whole()
    expect(completion).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'demo',
      system_fingerprint: 'demo',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: expect.stringMatching(/Say hello\..*demo/),
            refusal: null,
          },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 9,
        completion_tokens: expect.any(Number),
        total_tokens: 9 + completion.usage!.completion_tokens,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
    })
  })

  it.each(VARIETY)('streams what it would say at once: %s', async (_name, params) => {
    const { chunks, result } = await streamed({
      ...params,
      stream_options: { include_usage: true },
    })
    expect(checkChunks(chunks)).toEqual([])
    expect(result).toEqual(await whole(params))
  })

  it.each(VARIETY)('is the same each time: %s', async (_name, params) => {
    expect(await whole(params)).toEqual(await whole(params))
  })

  it('streams one word in a chunk, the role with the first of them', async () => {
    const { batches, chunks } = await streamed({ stop: ['”'] })
    expect(chunks.map((chunk) => chunk.choices[0]!.delta)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { content: 'You' },
      { content: ' said' },
      { content: ' “' },
      { content: 'Say' },
      { content: ' hello' },
      { content: '.' },
      {},
    ])
    expect(batches[0]!.text()).toMatch(/^You/)
  })

  it('shows usage only where it is asked for, and says it in a batch of its own all the same', async () => {
    const silent = await streamed()
    expect(silent.batches.at(-1)!.bytes).toHaveLength(0)
    expect(silent.batches.at(-1)!.usage).toEqual((await whole()).usage)
    expect(silent.batches.slice(0, -1).every((batch) => batch.usage === undefined)).toBe(true)
    expect(silent.chunks.some((chunk) => 'usage' in chunk)).toBe(false)
    const shown = await streamed({ stream_options: { include_usage: true } })
    expect(shown.chunks.map((chunk) => chunk.usage)).toEqual([
      ...shown.chunks.slice(1).map(() => null),
      silent.batches.at(-1)!.usage,
    ])
    expect(shown.chunks.at(-1)).toMatchObject({ choices: [], system_fingerprint: 'demo' })
  })

  it('answers under any name, and does not hide that it was the demo', async () => {
    const one = chatCall({ model: 'gpt-4o' })
    const [batch] = await answer(one)
    expect(batch!.document()).toMatchObject({ model: 'gpt-4o', system_fingerprint: 'demo' })
    expect(one.report).toMatchObject({ provider: 'demo', model: 'gpt-4o', attempts: 1 })
    const nameless = chatCall({}, { model: '' })
    expect((await answer(nameless))[0]!.document()).toMatchObject({ model: 'demo' })
  })

  it.each<[Partial<ChatCompletionCreateParams>, number]>([
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 3, max_tokens: 50 }, 3],
    [{ max_tokens: 4, n: 2 }, 8],
  ])('keeps to %j', async (limit, tokens) => {
    const { choices, usage } = await whole(limit)
    expect(usage!.completion_tokens).toBe(tokens)
    for (const choice of choices) expect(choice.finish_reason).toBe('length')
  })

  it('counts reasoning towards the limit, as part of the completion', async () => {
    const { choices, usage } = await whole({
      reasoning_effort: 'medium',
      max_completion_tokens: 20,
    })
    const reasoning = usage!.completion_tokens_details!.reasoning_tokens!
    expect(choices[0]!.message.reasoning_content).toMatch(/^The user says/)
    expect(reasoning).toBeGreaterThan(5)
    expect(usage!.completion_tokens).toBe(20)
    expect((await whole({ reasoning_effort: 'none' })).choices[0]!.message).not.toHaveProperty(
      'reasoning_content',
    )
  })

  it.each([
    ['built-in', 'You said “Say hello.”, and this is the '],
    [['nothing', 'hello', 'built'], 'You said “Say '],
    ['', undefined],
    [['not in it'], undefined],
  ])('stops before %j', async (stop, text) => {
    const { message, finish_reason: finish } = (await whole({ stop })).choices[0]!
    expect(finish).toBe('stop')
    expect(message.content).toBe(text ?? (await whole()).choices[0]!.message.content)
  })

  it('says each choice in its own way, taking turns, and begins elsewhere with another seed', async () => {
    const { choices } = await whole({ n: 3 })
    expect(new Set(choices.map((choice) => choice.message.content)).size).toBe(3)
    expect((await whole({ seed: 1 })).choices[0]!.message.content).toBe(choices[1]!.message.content)
    const { chunks } = await streamed({ n: 2 })
    expect(chunks.slice(0, 8).map((chunk) => chunk.choices[0]!.index)).toEqual([
      0, 0, 1, 1, 0, 1, 0, 1,
    ])
  })

  it('gives log probabilities for each token of the text', async () => {
    const { message, logprobs } = (await whole({ logprobs: true, top_logprobs: 2 })).choices[0]!
    expect(logprobs!.content!.map((entry) => entry.token).join('')).toBe(message.content)
    expect(logprobs!.refusal).toBeNull()
    expect(logprobs!.content!.every((entry) => entry.top_logprobs.length === 2)).toBe(true)
    expect(
      (await whole({ logprobs: true })).choices[0]!.logprobs!.content![0]!.top_logprobs,
    ).toEqual([])
  })

  it('lists what it cannot do, and does not mind it', async () => {
    const one = chatCall({
      logit_bias: { 5: 1 },
      audio: { voice: 'x' },
      functions: null,
      temperature: 1,
    })
    await answer(one)
    expect(one.report.droppedParams).toEqual(['audio', 'logit_bias'])
  })

  it('keeps the largest answers within bounds', async () => {
    const schema = {
      type: 'array',
      minItems: 90,
      items: { type: 'array', minItems: 90, items: { type: 'string' } },
    }
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'x', schema } }
    const [batch] = await answer(
      chatCall({ n: 128, logprobs: true, top_logprobs: 20, response_format }),
    )
    expect(batch!.bytes.length).toBeLessThan(8_000_000)
    expect((batch!.document() as ChatCompletion).choices[127]!.finish_reason).toBe('length')
  })
})

describe('the demo’s tool calls', () => {
  const asked = {
    tools: [weather, clockTool],
    messages: user('Use get_weather for Paris, and get_time'),
  }

  it('are made where the user names the tools', async () => {
    const {
      message,
      finish_reason: finish,
      logprobs,
    } = (await whole({ ...asked, logprobs: true })).choices[0]!
    expect(finish).toBe('tool_calls')
    expect(message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        {
          id: expect.any(String),
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
        },
        {
          id: expect.any(String),
          type: 'function',
          function: { name: 'get_time', arguments: '{}' },
        },
      ],
    })
    expect(logprobs).toBeNull()
  })

  it('have ids of their own, short enough to be sent back', async () => {
    const requestId = 'req_0123456789abcdef0123456789abcdef'
    const [batch] = await answer(chatCall({ ...asked, n: 128 }, { requestId }))
    const ids = (batch!.document() as ChatCompletion).choices.flatMap((choice) =>
      choice.message.tool_calls!.map((one) => one.id),
    )
    expect(new Set(ids).size).toBe(256)
    for (const id of ids) expect(id).toMatch(/^call_[a-z0-9]{1,35}$/)
  })

  it('stream their arguments in several pieces', async () => {
    const { chunks } = await streamed(asked)
    const parts = chunks
      .flatMap((chunk) => chunk.choices[0]!.delta.tool_calls ?? [])
      .filter((part) => part.index === 0)
    expect(parts[0]).toMatchObject({
      type: 'function',
      function: { name: 'get_weather', arguments: '' },
    })
    expect(parts.length).toBeGreaterThan(4)
    expect(parts.map((part) => part.function!.arguments).join('')).toBe('{"city":"Paris"}')
  })

  it('are followed by a text about their results', async () => {
    const [made] = (await whole({ ...asked, parallel_tool_calls: false })).choices[0]!.message
      .tool_calls!
    const messages = [
      ...user('Use get_weather for Paris'),
      { role: 'assistant' as const, content: null, tool_calls: [made!] },
      { role: 'tool' as const, tool_call_id: made!.id, content: '{"temp":21}' },
    ]
    const choice = (await whole({ ...asked, messages })).choices[0]!
    expect(choice.finish_reason).toBe('stop')
    expect(choice.message.content).toContain('get_weather answered: {"temp":21}')
  })

  it('are refused where the choice is not among the tools', async () => {
    const error = await failureOf(
      chatCall({ ...asked, tool_choice: { type: 'function', function: { name: 'other' } } }),
    )
    expect([error.status, error.param]).toEqual([400, 'tool_choice'])
  })
})

describe('the demo’s structured answers', () => {
  it('are instances of the schema, filled from the question', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer' },
        mood: { enum: ['calm', 'happy'] },
        answer: { type: 'string' },
      },
      required: ['name', 'age', 'mood', 'answer'],
      additionalProperties: false,
    }
    const messages = user('Read this: the person Alice is 30 and happy')
    const response_format = {
      type: 'json_schema' as const,
      json_schema: { name: 'person', schema, strict: true },
    }
    const { message, finish_reason: finish } = (await whole({ messages, response_format }))
      .choices[0]!
    const value = JSON.parse(message.content!) as Record<string, unknown>
    expect(finish).toBe('stop')
    expect(checkSchema(value, schema)).toEqual([])
    expect(value).toEqual({
      name: 'Alice',
      age: 30,
      mood: 'happy',
      answer: expect.stringContaining('demo model'),
    })
  })

  it('are some object where any will do', async () => {
    const { message } = (await whole({ response_format: { type: 'json_object' } })).choices[0]!
    expect(JSON.parse(message.content!)).toEqual({
      answer: expect.stringContaining('demo model'),
      demo: true,
    })
  })
})

describe('the demo’s stream', () => {
  it('flows at the pace it is given, 50 words a second by default', () => {
    for (const [options, perSecond] of [
      [{}, 50],
      [{ tokensPerSecond: 8 }, 8],
    ] as const) {
      const clock = fakeClock()
      let text = ''
      const subscription = demo({ ...options, clock })(chatCall({ stream: true })).subscribe(
        (batch) => (text += batch.text()),
      )
      expect(text).toBe('You')
      clock.advance(1000 / perSecond)
      expect(text).toBe('You said')
      clock.advance(500)
      expect(text.split(/(?=[ .,”])/).length).toBeGreaterThan(perSecond / 2 - 3)
      subscription.unsubscribe()
      expect(clock.pending).toBe(0)
    }
  })

  it('gives a whole answer at once, whatever the pace', () => {
    const batches: unknown[] = []
    demo({ tokensPerSecond: 1, clock: fakeClock() })(chatCall({})).subscribe((batch) =>
      batches.push(batch),
    )
    expect(batches).toHaveLength(1)
  })

  it.each([
    ['a stream', { stream: true }],
    ['a whole answer', {}],
  ])('makes nothing while the gate is held: %s', (_name, params) => {
    const clock = fakeClock()
    const gate = createGate()
    const release = gate.hold()
    let batches = 0
    demo({ clock })(chatCall(params, { gate })).subscribe(() => batches++)
    clock.advance(10_000)
    expect([batches, clock.pending]).toEqual([0, 0])
    release()
    expect(batches).toBe(1)
  })

  it('keeps a process alive that does nothing but listen to it', async () => {
    const script = `
      import { call } from '@sluice/core'
      import { demo } from '@sluice/demo'
      const messages = [{ role: 'user', content: 'Say hello.' }]
      demo({ tokensPerSecond: 500 })(call('chat.completions', { model: 'demo', messages, stream: true }))
        .subscribe({ next: (batch) => process.stdout.write(batch.text()), complete: () => process.stdout.write(' END') })`
    const node = ['--conditions=@sluice/source', '--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)(process.execPath, node, {
      cwd: import.meta.dirname,
    })
    expect(stdout).toMatch(/^You said .* END$/)
  })

  it('is cold: nothing happens, and nothing is reported, before somebody listens', () => {
    const clock = fakeClock()
    const one = chatCall({ stream: true })
    demo({ clock })(one)
    expect([clock.pending, one.report.attempts, one.report.provider]).toEqual([0, 0, undefined])
  })
})

describe('the demo’s embeddings', () => {
  const embed = async (params: object) => {
    const [batch] = await answer(
      call('embeddings', { model: 'demo-embedding', input: 'x', ...params }),
    )
    return batch!
  }

  it('are unit vectors of the size that is asked for', async () => {
    const batch = await embed({ input: ['hello world', '你好'], dimensions: 64 })
    const { data, ...rest } = batch.document()!
    expect(rest).toEqual({
      object: 'list',
      model: 'demo-embedding',
      usage: { prompt_tokens: 4, total_tokens: 4 },
    })
    expect(batch.usage).toEqual({ prompt_tokens: 4, completion_tokens: 0, total_tokens: 4 })
    expect(data.map((entry) => [entry.object, entry.index, entry.embedding.length])).toEqual([
      ['embedding', 0, 64],
      ['embedding', 1, 64],
    ])
    expect(Math.hypot(...(data[0]!.embedding as number[]))).toBeCloseTo(1, 4)
    expect((await embed({})).document()!.data[0]!.embedding).toHaveLength(256)
  })

  it('say the same in base64', async () => {
    const floats = (await embed({ input: 'hello' })).document()!.data[0]!.embedding as number[]
    const text = (await embed({ input: 'hello', encoding_format: 'base64' })).document()!.data[0]!
      .embedding as string
    const bytes = Buffer.from(text, 'base64')
    expect(floats.map((_value, at) => bytes.readFloatLE(at * 4))).toEqual(floats.map(Math.fround))
  })

  it.each<[string, unknown, number, number]>([
    ['one text', 'hello world', 1, 2],
    ['several texts', ['a', 'b b', ''], 3, 3],
    ['one text as tokens', [1, 2, 3], 1, 3],
    ['several texts as tokens', [[1, 2], [3]], 2, 3],
  ])('take %s', async (_name, input, vectors, tokens) => {
    const { data, usage } = (await embed({ input })).document()!
    expect([data.length, usage.prompt_tokens]).toEqual([vectors, tokens])
  })

  it.each<[object, string]>([
    [{ input: [] }, 'input'],
    [{ dimensions: 0 }, 'dimensions'],
    [{ dimensions: 2.5 }, 'dimensions'],
    [{ dimensions: 100_000 }, 'dimensions'],
  ])('refuse %j', async (params, param) => {
    const error = await failureOf(call('embeddings', { model: 'demo', input: 'x', ...params }))
    expect([error.status, error.param]).toEqual([400, param])
  })

  it('of many texts are made in several turns, and not at all for a caller who left', () => {
    const input = Array.from({ length: 2048 }, (_, at) => `text ${at}`)
    const clock = fakeClock()
    const batches: Batch[] = []
    const many = () =>
      demo({ clock })(call('embeddings', { model: 'demo', input })).subscribe((batch) =>
        batches.push(batch),
      )
    const left = many()
    expect(clock.pending).toBe(1)
    left.unsubscribe()
    expect(clock.pending).toBe(0)
    many()
    clock.advance(0)
    const { data } = batches[0]!.document() as { data: { index: number }[] }
    expect([batches.length, data.length, data.at(-1)!.index]).toEqual([1, 2048, 2047])
  })
})

describe('the demo', () => {
  it('lists models that all begin with its name', async () => {
    const [page] = await answer(call('models.list', {}))
    const { object, data } = page!.document()!
    expect(object).toBe('list')
    expect(data.map((model) => model.id)).toContain('demo')
    for (const model of data) {
      expect(model).toEqual({
        id: expect.stringMatching(/^demo/),
        object: 'model',
        created: expect.any(Number),
        owned_by: 'sluice',
      })
      const [one] = await answer(call('models.retrieve', { model: model.id }))
      expect(one!.document()).toEqual(model)
    }
  })

  it('has no other model, though it would answer for it', async () => {
    const error = await failureOf(call('models.retrieve', { model: 'gpt-4o' }))
    expect([error.status, error.code]).toEqual([404, 'model_not_found'])
  })

  it('knows what it can do, and refuses the rest', async () => {
    const provider = demo()
    expect(provider.id).toBe('demo')
    const operations = ['chat.completions', 'embeddings', 'models.list', 'models.retrieve'] as const
    expect(operations.every((operation) => provider.supports(operation))).toBe(true)
    expect(provider.supports('toString' as Operation)).toBe(false)
    const error = await failureOf({
      ...call('models.list', {}),
      operation: 'telepathy' as Operation,
    })
    expect([error.status, error.code]).toEqual([404, 'unsupported_endpoint'])
    provider.close()
  })

  it('fails a malformed call as an error of the answer', async () => {
    const error = await failureOf(
      call('chat.completions', { model: 'demo' } as ChatCompletionCreateParams),
    )
    expect(error.status).toBe(500)
  })

  it.each([
    [{ tokensPerSecond: -1 }],
    [{ tokensPerSecond: Infinity }],
    [{ tokenPerSecond: 5 }],
    [{ clock: 5 }],
  ])('refuses to be set up with %j', (options) => {
    expect(() => demo(options as object)).toThrow(
      expect.objectContaining({ name: ConfigError.name, code: 'ERR_DEMO_OPTIONS' }),
    )
  })
})
