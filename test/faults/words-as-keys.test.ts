import { createServer, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { bearerAuth } from '@sluice/auth'
import { cache } from '@sluice/cache'
import type { Handler } from '@sluice/core'
import { endpoints, mount } from '@sluice/endpoints'
import { openaiCompatible } from '@sluice/providers'
import { anthropic } from '@sluice/providers/anthropic'
import { demo } from '@sluice/demo'
import { gemini } from '@sluice/providers/gemini'
import { rateLimit } from '@sluice/rate-limit'
import { modelRouter } from '@sluice/router'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BOUNDARY,
  formBytes,
  placesIn,
  sampleRequests,
  withAt,
  type Json,
  type SampleRequest,
} from '../fuzz/sample-requests.ts'
import { ask, type Answer } from '../support/ask.ts'

const WORDS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
/** What cannot be made a text, and what would become a prototype. */
const TRAPS: readonly Json[] = [
  { toString: 1, valueOf: 1 },
  JSON.parse('{"__proto__":{"polluted":true}}') as Json,
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}') as Json,
]

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const surface = (handler: Handler) =>
  listening(
    mount(
      '/v1',
      bearerAuth({ keys: ['sk-a'] }),
      rateLimit({ concurrency: 4 }),
      cache({ ttlMs: 1000, shouldCache: () => true }),
      endpoints(handler, { dialects: ['openai', 'anthropic', 'gemini'] }),
    ),
  )

const authorization = 'Bearer sk-a'

function send(
  url: string,
  { method, path, body, form }: SampleRequest,
  headers: Readonly<Record<string, string>> = {},
) {
  const type =
    form === undefined ? {} : { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
  const sent = form === undefined ? body : formBytes(form)
  return ask(`${url}/v1${path}`, {
    method,
    headers: { authorization, ...type, ...headers },
    ...(sent === undefined ? {} : { body: sent }),
  })
}

/** What is wrong with an answer; nothing where it is an ordinary one. */
function faultOf({ status, error, text, headers }: Answer): string | undefined {
  if (({} as { polluted?: unknown }).polluted !== undefined) return 'Object.prototype was changed'
  if (error?.message?.includes('concurrent') === true) return 'a slot was not given back'
  if (status === 200 && headers['content-type'] !== undefined) return undefined
  // Google's errors have a status where OpenAI's have a type.
  const kind = error?.type ?? (error as { status?: unknown } | undefined)?.status
  const isTold = typeof error?.message === 'string' && typeof kind === 'string'
  return isTold && status >= 400 && status < 600 && error?.code !== 'server_error'
    ? undefined
    : `${status}: ${text.slice(0, 200)}`
}

describe('words of a client that every object inherits', () => {
  let url: string
  beforeAll(async () => {
    url = await surface(modelRouter({ '*': demo({ tokensPerSecond: 1_000_000 }) }))
  })

  it.each([
    'accept',
    'authorization',
    'cache-control',
    'content-encoding',
    'content-type',
    'idempotency-key',
    'openai-organization',
    'origin',
    'prefer',
    'retry-after',
    'x-request-id',
    'x-api-key',
  ])('are ordinary in the header %s', async (name) => {
    for (const word of WORDS) {
      const answer = await send(url, sampleRequests[1]!, { [name]: word, [`x-${word}`]: word })
      expect([word, faultOf(answer)]).toEqual([word, undefined])
    }
  })

  it('are ordinary as names of headers', async () => {
    for (const word of WORDS)
      expect([word, faultOf(await send(url, sampleRequests[1]!, { [word]: 'x' }))]).toEqual([
        word,
        undefined,
      ])
  })

  it.each(
    sampleRequests
      .filter(({ body }) => body !== undefined)
      .map((sample): [string, SampleRequest] => [
        `${sample.path} ${sample.body!['stream'] === true ? 'streamed' : 'whole'}`,
        sample,
      ]),
  )('are ordinary in every place of %s', async (_path, sample) => {
    const faults: string[] = []
    for (const place of placesIn(sample.body!)) {
      for (const value of [...WORDS, ...TRAPS]) {
        const fault = faultOf(
          await send(url, { ...sample, body: withAt(sample.body!, place, value) as never }),
        )
        if (fault !== undefined)
          faults.push(`${place.join('.')} = ${JSON.stringify(value)}: ${fault}`)
      }
      for (const word of WORDS) {
        const fault = faultOf(
          await send(url, { ...sample, body: withAt(sample.body!, place, 'x', word) as never }),
        )
        if (fault !== undefined) faults.push(`${place.join('.')} named ${word}: ${fault}`)
      }
    }
    expect(faults).toEqual([])
  })

  it('are ordinary in forms, as names and as values', async () => {
    const faults: string[] = []
    for (const sample of sampleRequests.filter(({ form }) => form !== undefined)) {
      for (const at of sample.form!.keys()) {
        for (const word of WORDS) {
          const [name, value] = sample.form![at]!
          for (const field of [
            [name, word],
            [word, value],
            [`${word}[]`, value],
            [name, [word, 'x']],
          ] as const) {
            const form = sample.form!.with(at, field)
            const fault = faultOf(await send(url, { ...sample, form }))
            if (fault !== undefined)
              faults.push(`${sample.path} ${JSON.stringify(field)}: ${fault}`)
          }
        }
      }
    }
    expect(faults).toEqual([])
  })

  it('are ordinary in paths and queries', async () => {
    for (const word of WORDS) {
      for (const path of [
        `/models/${word}`,
        `/responses/${word}`,
        `/responses/resp_1/${word}`,
        `/responses/resp_1/input_items?order=${word}&${word}=1&limit=${word}`,
        `/responses/resp_1?stream=true&starting_after=${word}`,
      ]) {
        expect([path, faultOf(await send(url, { method: 'GET', path }))]).toEqual([path, undefined])
      }
    }
  })
})

interface Dialect {
  readonly provider: (baseURL: string) => Handler
  readonly whole: Json
  readonly events: readonly Json[]
  readonly error: Json
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  'an OpenAI-alike': {
    provider: (baseURL) => openaiCompatible({ id: 'alike', baseURL, apiKey: 'k' }),
    whole: {
      id: 'c1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      system_fingerprint: 'f',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'hi',
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 2,
        total_tokens: 3,
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    },
    events: [
      {
        id: 'c1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [
          { index: 0, delta: { role: 'assistant', content: 'hi', own: 'x' }, finish_reason: null },
        ],
      },
      {
        id: 'c1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [
          {
            index: 0,
            delta: {
              tool_calls: [
                {
                  index: 0,
                  id: 'a',
                  type: 'function',
                  function: { name: 'weather', arguments: '{}' },
                },
              ],
            },
            finish_reason: null,
          },
        ],
      },
      {
        id: 'c1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      },
    ],
    error: {
      error: { message: 'No.', type: 'invalid_request_error', code: 'bad', param: 'model' },
    },
  },
  Anthropic: {
    provider: (baseURL) => anthropic({ baseURL, apiKey: 'k' }),
    whole: {
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'text', text: 'hi' },
        { type: 'tool_use', id: 't', name: 'weather', input: { city: 'Rome' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 2, service_tier: 'standard' },
    },
    events: [
      {
        type: 'message_start',
        message: {
          id: 'm1',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 2 },
      },
      { type: 'message_stop' },
    ],
    error: { type: 'error', error: { type: 'invalid_request_error', message: 'No.' } },
  },
  Gemini: {
    provider: (baseURL) => gemini({ baseURL, apiKey: 'k' }),
    whole: {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [{ text: 'hi' }, { functionCall: { name: 'weather', args: { city: 'Rome' } } }],
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
      modelVersion: 'm',
      responseId: 'r',
    },
    events: [
      {
        candidates: [
          { content: { role: 'model', parts: [{ text: 'hi', thought: true }] }, index: 0 },
        ],
        responseId: 'r',
      },
      {
        candidates: [
          {
            content: {
              role: 'model',
              parts: [
                {
                  functionCall: {
                    name: 'weather',
                    partialArgs: [{ jsonPath: '$.city', stringValue: 'Rome' }],
                    willContinue: false,
                  },
                },
              ],
            },
            finishReason: 'STOP',
            index: 0,
          },
        ],
        usageMetadata: { promptTokenCount: 1 },
        responseId: 'r',
      },
    ],
    error: {
      error: {
        code: 400,
        message: 'No.',
        status: 'INVALID_ARGUMENT',
        details: [{ '@type': 'x', retryDelay: '1s' }],
      },
    },
  },
}

/** Everything that a value can become where the words and the traps are put into its places. */
function* mutants(value: Json): Generator<[string, Json]> {
  for (const place of placesIn(value)) {
    for (const by of [...WORDS, ...TRAPS])
      yield [`${place.join('.')} = ${JSON.stringify(by)}`, withAt(value, place, by)]
    for (const word of WORDS)
      yield [`${place.join('.')} named ${word}`, withAt(value, place, { polluted: 1 }, word)]
  }
}

describe.each(Object.entries(DIALECTS))(
  'words of a vendor that every object inherits: %s',
  (_name, { provider, whole, events, error }) => {
    let url: string
    let answer: { status: number; headers?: Readonly<Record<string, string>>; body: string }
    beforeAll(async () => {
      const vendor = await listening((req, res) => {
        req.resume()
        req.on('end', () => {
          const type = answer.body.startsWith('{') ? 'application/json' : 'text/event-stream'
          res.writeHead(answer.status, { 'content-type': type, ...answer.headers })
          res.end(answer.body)
        })
      })
      url = await surface(provider(vendor))
    })
    const chat = (stream: boolean): SampleRequest => ({
      ...sampleRequests[1]!,
      body: { model: 'm', max_tokens: 20, stream, messages: [{ role: 'user', content: 'hi' }] },
    })
    const faultsOf = async (
      given: Iterable<[string, Json]>,
      stream: boolean,
      toAnswer: (mutant: Json) => typeof answer,
    ) => {
      const faults: string[] = []
      for (const [what, mutant] of given) {
        answer = toAnswer(mutant)
        const fault = faultOf(await send(url, chat(stream), { 'cache-control': 'no-store' }))
        if (fault !== undefined) faults.push(`${what}: ${fault}`)
      }
      return faults
    }
    const frames = (all: readonly Json[]) =>
      all
        .map((event) => {
          const type = (event as { readonly type?: Json } | null)?.type
          return `${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${JSON.stringify(event)}\n\n`
        })
        .join('')

    it('are ordinary in a whole answer', async () => {
      expect(
        await faultsOf(mutants(whole), false, (mutant) => ({
          status: 200,
          body: JSON.stringify(mutant),
        })),
      ).toEqual([])
    })

    it('are ordinary in an error', async () => {
      for (const status of [400, 401, 429, 500]) {
        expect(
          await faultsOf(mutants(error), false, (mutant) => ({
            status,
            body: JSON.stringify(mutant),
          })),
        ).toEqual([])
      }
    })

    it('are ordinary in every event of a stream', async () => {
      for (const at of [...events.keys(), -1]) {
        const event = at < 0 ? error : events[at]!
        const before = events.slice(0, at < 0 ? 1 : at)
        expect(
          await faultsOf(mutants(event), true, (mutant) => ({
            status: 200,
            body: frames([...before, mutant, ...events.slice(at + 1)]),
          })),
        ).toEqual([])
      }
    })

    it('are ordinary in headers', async () => {
      const given = [
        'content-type',
        'content-encoding',
        'retry-after',
        'retry-after-ms',
        'x-request-id',
        ...WORDS,
      ].flatMap((name) => WORDS.map((word): [string, string] => [name, word]))
      for (const [name, word] of given) {
        for (const status of [200, 429]) {
          expect(
            await faultsOf([[`${name}: ${word}`, word]], false, () => ({
              status,
              headers: { [name]: word },
              body: JSON.stringify(whole),
            })),
          ).toEqual([])
        }
      }
    })
  },
)
