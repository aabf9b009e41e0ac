import { ApiError, call, type Batch } from '@sluice/core'
import type { Completion, CompletionCreateParams } from '@sluice/core/wire'
import { defineProvider, openaiCompatibleSpec, openaiCompatible } from '@sluice/providers'
import { demo } from '@sluice/demo'
import { openai } from '@sluice/providers/openai'
import { lastValueFrom, take, toArray, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { completion, ending, stream, upstream, word } from '../upstream.ts'

const ask = (params: Partial<CompletionCreateParams>) =>
  call('completions', { model: 'm', prompt: 'Once', ...params })
const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()))
const failureOf = (source: Observable<unknown>): Promise<ApiError> =>
  all(source).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )
const textOf = (batches: readonly Batch[]) =>
  batches.map(({ bytes }) => Buffer.from(bytes).toString()).join('')
const chunksOf = (batches: readonly Batch[]) =>
  batches.flatMap((batch) => batch.chunks() as Completion[])
const head = { id: 'cmpl-1', object: 'text_completion', created: 1_700_000_000, model: 'm' }
const choice = (index: number, text: string, reason: string | null = null) => ({
  text,
  index,
  logprobs: null,
  finish_reason: reason,
})
const frame = (event: unknown) => `data: ${JSON.stringify(event)}\n\n`
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }

describe('completions of a vendor that has them', () => {
  const native = (baseURL: string) => openai({ baseURL, apiKey: 'sk-x' })

  it('hand the client’s own bytes on, and the answer’s back', async () => {
    const answer = JSON.stringify(
      { ...head, choices: [choice(0, ' upon', 'stop')], usage },
      null,
      1,
    )
    await using up = await upstream((_req, res) => res.end(answer))
    const body = '{ "model":"m", "prompt":"caf\\u00e9", "suffix":"!", "logprobs": 2 }'
    const params = JSON.parse(body) as CompletionCreateParams
    const [batch] = await all(
      native(up.url)(call('completions', params, { body: Buffer.from(body) })),
    )
    expect([up.requests[0]!.url, up.requests[0]!.body]).toEqual(['/v1/completions', body])
    expect([textOf([batch!]), batch!.usage, batch!.text()]).toEqual([answer, usage, ' upon'])
  })

  it('stream the vendor’s frames, ask for usage, and show it only to who asked', async () => {
    const frames = [
      frame({ ...head, choices: [choice(0, ' up')] }),
      frame({ ...head, choices: [choice(0, 'on', 'stop')] }),
    ]
    const last = frame({ ...head, choices: [], usage })
    await using up = await upstream(
      (_req, res) => void stream(res, ...frames).end(`${last}data: [DONE]\n\n`),
    )
    const quiet = await all(native(up.url)(ask({ stream: true })))
    expect(JSON.parse(up.requests[0]!.body)).toMatchObject({
      stream_options: { include_usage: true },
    })
    expect([textOf(quiet), quiet.at(-1)!.usage]).toEqual([frames.join(''), usage])
    const shown = await all(
      native(up.url)(ask({ stream: true, stream_options: { include_usage: true } })),
    )
    expect([textOf(shown), shown.at(-1)!.usage]).toEqual([frames.join('') + last, usage])
    expect(shown.map((batch) => batch.text()).join('')).toBe(' upon')
  })

  it('make a stream of a whole answer', async () => {
    const answer = { ...head, choices: [choice(0, ' upon', 'stop')], usage }
    await using up = await upstream((_req, res) => res.end(JSON.stringify(answer)))
    const batches = await all(native(up.url)(ask({ stream: true })))
    expect([chunksOf(batches), batches.at(-1)!.usage]).toEqual([
      [{ ...head, choices: answer.choices }],
      usage,
    ])
  })

  it.each([
    ['eos', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['sensitive', 'content_filter'],
    ['tool_calls', 'stop'],
    ['no_such_word', 'stop'],
    ['__proto__', 'stop'],
  ])('say %s as %s, streamed and whole', async (word, reason) => {
    const counted = { prompt_tokens: '1', completion_tokens: '2', total_tokens: '3' }
    await using whole = await upstream((_req, res) =>
      res.end(JSON.stringify({ ...head, choices: [choice(0, 'x', word)], usage: counted })),
    )
    const frames = [choice(0, 'x', 'null'), choice(0, '', word)].map((one) =>
      frame({ ...head, choices: [one] }),
    )
    const last = frame({ ...head, choices: [], usage: counted })
    await using parts = await upstream(
      (_req, res) => void stream(res, ...frames, last).end('data: [DONE]\n\n'),
    )
    const [document] = await all(native(whole.url)(ask({})))
    expect(document!.document()).toEqual({ ...head, choices: [choice(0, 'x', reason)], usage })
    const chunks = chunksOf(
      await all(native(parts.url)(ask({ stream: true, stream_options: { include_usage: true } }))),
    )
    expect(chunks.flatMap(({ choices }) => choices.map((one) => one.finish_reason))).toEqual([
      null,
      reason,
    ])
    expect(chunks.at(-1)).toEqual({ ...head, choices: [], usage })
  })

  it.each(['abort', 'network_error'])(
    'fail where the vendor gave up by %s, streamed and whole',
    async (word) => {
      const answer = { ...head, choices: [choice(0, 'x', word)], usage }
      await using whole = await upstream((_req, res) => res.end(JSON.stringify(answer)))
      const said = frame({ ...head, choices: [choice(0, 'x')] })
      await using parts = await upstream(
        (_req, res) => void stream(res, said, frame(answer)).end('data: [DONE]\n\n'),
      )
      const failures = [
        await failureOf(native(whole.url)(ask({}))),
        await failureOf(native(parts.url)(ask({ stream: true }))),
      ]
      expect(failures.map(({ code }) => code)).toEqual(['upstream_error', 'upstream_error'])
    },
  )

  it('reach clients in OpenAI’s form, whatever form the vendor gives them', async () => {
    const odd = {
      id: '',
      choices: [
        { index: 1e308, text: 'a', finish_reason: 'eos' },
        null,
        { index: 1, text: {}, finish_reason: null },
      ],
      usage: { prompt_tokens: -1, completion_tokens: '2', total_tokens: [] },
    }
    await using up = await upstream((_req, res) => res.end(JSON.stringify(odd)))
    const [batch] = await all(native(up.url)(ask({})))
    expect(JSON.parse(textOf([batch!]))).toEqual({
      ...head,
      id: expect.stringMatching(/^cmpl-/) as string,
      created: expect.any(Number) as number,
      choices: [choice(0, 'a', 'stop'), choice(1, '', 'stop')],
      usage: { prompt_tokens: 0, completion_tokens: 2, total_tokens: 2 },
    })
  })

  it('stream in OpenAI’s form, and nothing of a choice behind its end', async () => {
    const { id: _id, ...less } = { ...head, object: 'chunk', created: 1.5 }
    const frames = [
      { ...head, choices: [choice(0, 'a'), choice(1, 'x')] },
      { ...less, choices: [{ text: 'b', index: 0, finish_reason: 'MAX_TOKENS' }] },
      { ...head, choices: [choice(0, 'late'), choice(1, 'y', 'stop')], usage },
      { ...head, choices: [choice(0, 'late', 'stop')] },
    ]
    await using up = await upstream(
      (_req, res) => void stream(res, ...frames.map(frame)).end('data: [DONE]\n\n'),
    )
    const batches = await all(native(up.url)(ask({ stream: true })))
    expect([chunksOf(batches), batches.at(-1)!.usage]).toEqual([
      [
        { ...head, choices: [choice(0, 'a'), choice(1, 'x')] },
        { ...head, choices: [choice(0, 'b', 'length')] },
        { ...head, choices: [choice(1, 'y', 'stop')], usage },
      ],
      usage,
    ])
  })

  it('fail where the vendor gives its failure as the reason of an end', async () => {
    const answer = { ...head, choices: [choice(0, 'a', 'network_error')] }
    await using whole = await upstream((_req, res) => res.end(JSON.stringify(answer)))
    await using streamed = await upstream((_req, res) => void stream(res, frame(answer)).end())
    expect((await failureOf(native(whole.url)(ask({})))).status).toBeGreaterThanOrEqual(500)
    expect(
      (await failureOf(native(streamed.url)(ask({ stream: true })))).status,
    ).toBeGreaterThanOrEqual(500)
  })

  it('without any choice are no answer', async () => {
    await using up = await upstream((_req, res) =>
      res.end(JSON.stringify({ ...head, choices: ['x'] })),
    )
    expect((await failureOf(native(up.url)(ask({})))).code).toBe('upstream_invalid_response')
  })

  const broken: [string, string, string][] = [
    ['before its end', frame({ ...head, choices: [choice(0, ' up')] }), 'stream_incomplete'],
    ['without a word', ': hello\n\n', 'upstream_empty_stream'],
    [
      'in the middle of an event',
      `${frame({ ...head, choices: [choice(0, ' up')] })}data: {"id`,
      'stream_incomplete',
    ],
    [
      'with an error',
      frame({ error: { message: 'slow down', code: 'rate_limit_exceeded' } }),
      'rate_limit_exceeded',
    ],
    ['with what is not JSON', 'data: {oops\n\n', 'upstream_invalid_response'],
  ]
  it.each(broken)('fail where the stream ends %s', async (_name, body, code) => {
    await using up = await upstream((_req, res) => void stream(res, body).end())
    expect((await failureOf(native(up.url)(ask({ stream: true })))).code).toBe(code)
  })
})

describe('completions over chat', () => {
  const overChat = (baseURL: string) => openaiCompatible({ id: 'test', baseURL })
  const prompts = (requests: readonly { readonly body: string }[]) =>
    requests.map(
      ({ body }) => (JSON.parse(body) as { messages: { content: string }[] }).messages[0]!.content,
    )

  it('ask once for each prompt and number the choices as OpenAI does', async () => {
    await using up = await upstream((_req, res, body) => {
      const { messages, n } = JSON.parse(body) as { messages: { content: string }[]; n: number }
      const choices = Array.from({ length: n }, (_, index) => ({
        index,
        message: { role: 'assistant', content: `${messages[0]!.content}${index}`, refusal: null },
        logprobs: null,
        finish_reason: index === 0 ? 'length' : 'tool_calls',
      }))
      res.end(JSON.stringify({ ...completion, choices }))
    })
    const [batch] = await all(
      overChat(up.url)(ask({ prompt: ['a', 'b'], n: 2, best_of: 2, max_tokens: 7, top_k: 3 })),
    )
    expect(batch!.document()).toMatchObject({
      object: 'text_completion',
      model: 'm',
      choices: [
        choice(0, 'a0', 'length'),
        choice(1, 'a1', 'stop'),
        choice(2, 'b0', 'length'),
        choice(3, 'b1', 'stop'),
      ],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    })
    expect(prompts(up.requests).toSorted()).toEqual(['a', 'b'])
    expect(JSON.parse(up.requests[0]!.body)).toEqual({
      model: 'm',
      max_tokens: 7,
      top_k: 3,
      n: 2,
      messages: [{ role: 'user', content: prompts(up.requests)[0] }],
    })
  })

  it('ask several times where a request gives fewer choices than asked for', async () => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
    const one = defineProvider(
      openaiCompatibleSpec({ id: 'one', baseURL: up.url, maxChoices: 1 }),
    )()
    const [batch] = await all(one(ask({ n: 3, echo: true })))
    const { choices } = batch!.document() as Completion
    expect(choices.map(({ index, text }) => [index, text])).toEqual([
      [0, 'Oncehello'],
      [1, 'Oncehello'],
      [2, 'Oncehello'],
    ])
    expect(up.requests.map(({ body }) => 'n' in (JSON.parse(body) as object))).toEqual([
      false,
      false,
      false,
    ])
  })

  it('stream several prompts side by side, each echoed once, the usage of all last', async () => {
    await using up = await upstream(
      (_req, res) => void stream(res, word(' x'), word(' y')).end(ending),
    )
    const params = {
      prompt: ['a', 'b'],
      echo: true,
      stream: true,
      stream_options: { include_usage: true },
    }
    const chunks = chunksOf(await all(overChat(up.url)(ask(params))))
    for (const index of [0, 1]) {
      const own = chunks.flatMap(({ choices }) => choices).filter((one) => one.index === index)
      expect([own.map(({ text }) => text).join(''), own.at(-1)!.finish_reason]).toEqual([
        `${'ab'[index]} x y`,
        'stop',
      ])
    }
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 },
    })
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  })

  it('hides usage that nobody asked to see, and still says it to us', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('x')).end(ending))
    const batches = await all(overChat(up.url)(ask({ stream: true })))
    expect(textOf(batches)).not.toContain('"usage"')
    expect(batches.at(-1)!.usage).toEqual(usage)
  })

  it('stops every request when the caller leaves', async () => {
    await using up = await upstream((_req, res) => void stream(res, word('x')))
    await all(
      overChat(up.url)(ask({ prompt: ['a', 'b', 'c', 'd', 'e', 'f'], stream: true })).pipe(take(1)),
    )
    await expect.poll(() => up.sockets.size).toBe(0)
    expect(up.requests.length).toBeLessThanOrEqual(4)
  })

  it('fails as a whole where one of its requests fails, and stops the others', async () => {
    await using up = await upstream((_req, res, body) => {
      if (body.includes('"b"')) res.writeHead(429).end('{"error":{"message":"slow"}}')
    })
    const error = await failureOf(overChat(up.url)(ask({ prompt: ['a', 'b', 'c'] })))
    expect(error.status).toBe(429)
    await expect.poll(() => up.sockets.size).toBeLessThanOrEqual(1)
  })

  const refused: [string, Partial<CompletionCreateParams>, string, string][] = [
    ['a suffix', { suffix: 'end' }, 'suffix', 'unsupported_parameter'],
    ['log probabilities', { logprobs: 0 }, 'logprobs', 'unsupported_parameter'],
    ['a best_of other than n', { best_of: 3, n: 2 }, 'best_of', 'unsupported_parameter'],
    ['token ids', { prompt: [1, 2] }, 'prompt', 'unsupported_parameter'],
    ['lists of token ids', { prompt: [[1], [2]] }, 'prompt', 'unsupported_parameter'],
    [
      'more choices than it may open requests for',
      { prompt: Array.from({ length: 65 }, () => 'a'), n: 2 },
      'prompt',
      'invalid_value',
    ],
  ]
  it.each(refused)(
    'refuse %s by name, before anything is asked',
    async (_name, params, param, code) => {
      await using up = await upstream((_req, res) => res.end(JSON.stringify(completion)))
      const error = await failureOf(overChat(up.url)(ask(params)))
      expect([error.status, error.code, error.param, up.requests.length]).toEqual([
        400,
        code,
        param,
        0,
      ])
    },
  )

  it('take an empty suffix and no log probabilities as not asked for', async () => {
    const [batch] = await all(demo()(ask({ suffix: '', logprobs: null, best_of: null })))
    expect((batch!.document() as Completion).object).toBe('text_completion')
  })
})
