import { ApiError, call } from '@sluice/core'
import type { ChatCompletionCreateParams } from '@sluice/core/wire'
import { createProvider, openaiCompatibleSpec } from '@sluice/providers'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { readErrorBody } from '../../../src/response/errors/error-body.ts'
import { upstreamError } from '../../../src/response/errors/upstream-error.ts'
import { completion, stream, upstream, word } from '../../upstream.ts'

type Row = readonly [what: string, status: number, body: unknown]

/** What vendors say when they mean one thing: each with the status that it is said with. */
const MEANT: Readonly<Record<string, { shown: number; code: string; rows: readonly Row[] }>> = {
  'a refused key': {
    shown: 502,
    code: 'upstream_auth_error',
    rows: [
      [
        'Google',
        400,
        {
          error: {
            code: 400,
            message: 'API key not valid.',
            status: 'INVALID_ARGUMENT',
            details: [{ reason: 'API_KEY_INVALID' }],
          },
        },
      ],
      [
        'Google, in a list',
        400,
        [{ error: { code: 400, message: 'API key expired. Please renew the API key.' } }],
      ],
      [
        'Google, without a key',
        400,
        { error: { code: 400, message: 'API Key not found. Please pass a valid API key.' } },
      ],
      [
        'xAI',
        400,
        {
          code: 'Client specified an invalid argument',
          error: 'Incorrect API key provided: xa***yz.',
        },
      ],
      [
        'OpenAI',
        401,
        { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } },
      ],
      [
        'Anthropic',
        401,
        { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } },
      ],
      [
        'Moonshot',
        401,
        { error: { message: 'Invalid Authentication', type: 'invalid_authentication_error' } },
      ],
      [
        'DashScope',
        401,
        { code: 'InvalidApiKey', message: 'Invalid API-key provided.', request_id: 'r' },
      ],
      ['a relay', 404, { error: { message: 'authentication failed', type: 'auth_error' } }],
      [
        'MiniMax, with 200',
        200,
        { base_resp: { status_code: 2049, status_msg: 'invalid api key' }, choices: null },
      ],
      ['a Chinese relay', 400, { error: { message: '无效的令牌', type: 'one_api_error' } }],
      [
        'LiteLLM',
        500,
        {
          error: {
            message: 'litellm.AuthenticationError: Incorrect API key provided: sk-x',
            code: '500',
          },
        },
      ],
      ['words alone', 401, 'Unauthorized'],
      [
        'a banned account',
        400,
        {
          error: { message: 'This organization has been disabled.', type: 'invalid_request_error' },
        },
      ],
    ],
  },
  'a closed region': {
    shown: 502,
    code: 'upstream_auth_error',
    rows: [
      [
        'OpenAI',
        403,
        {
          error: { code: 'unsupported_country_region_territory', message: 'Country not supported' },
        },
      ],
      [
        'Google',
        400,
        {
          error: {
            code: 400,
            message: 'User location is not supported for the API use.',
            status: 'FAILED_PRECONDITION',
          },
        },
      ],
    ],
  },
  'a spent balance': {
    shown: 429,
    code: 'insufficient_quota',
    rows: [
      [
        'OpenAI',
        429,
        { error: { message: 'You exceeded your current quota', type: 'insufficient_quota' } },
      ],
      [
        'Anthropic',
        400,
        {
          type: 'error',
          error: {
            type: 'invalid_request_error',
            message: 'Your credit balance is too low to go on.',
          },
        },
      ],
      [
        'DashScope',
        400,
        { error: { code: 'Arrearage', message: 'Access denied.', type: 'Arrearage' } },
      ],
      [
        'DashScope, of a free tier',
        403,
        { code: 'AllocationQuota.FreeTierOnly', message: 'The free tier is exhausted.' },
      ],
      [
        'Moonshot',
        403,
        { error: { type: 'exceeded_current_quota_error', message: 'Your account is suspended' } },
      ],
      [
        'Moonshot, with 429',
        429,
        { error: { type: 'exceeded_current_quota_error', message: 'check your plan' } },
      ],
      [
        'xAI',
        403,
        { code: 'permission denied', error: 'Your team has used all available credits.' },
      ],
      ['Zhipu', 429, { error: { code: '1113', message: '您的账户余额不足，请充值后重试' } }],
      [
        'a Chinese relay',
        403,
        { error: { message: '用户额度不足', code: 'insufficient_user_quota' } },
      ],
      [
        'MiniMax, with 200',
        200,
        { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
      ],
      [
        'an answer in the guise of a success',
        200,
        { success: false, code: 'x', message: 'Insufficient Balance' },
      ],
      [
        'a wrapped one',
        400,
        { error: { message: '{"error":{"code":"insufficient_quota","message":"no"}}' } },
      ],
    ],
  },
  'a spent balance that is said with 402': {
    shown: 402,
    code: 'insufficient_quota',
    rows: [
      [
        'DeepSeek',
        402,
        {
          error: {
            message: 'Insufficient Balance',
            type: 'unknown_error',
            code: 'invalid_request_error',
          },
        },
      ],
      ['OpenRouter', 402, { error: { message: 'This request requires more credits', code: 402 } }],
      ['nobody', 402, ''],
    ],
  },
  'a limited rate': {
    shown: 429,
    code: 'rate_limit_exceeded',
    rows: [
      [
        'Google',
        429,
        [
          {
            error: {
              code: 429,
              message: 'You exceeded your current quota',
              status: 'RESOURCE_EXHAUSTED',
            },
          },
        ],
      ],
      [
        'a proxy of Anthropic',
        400,
        { type: 'error', error: { type: 'rate_limit_error', message: 'slow' } },
      ],
      [
        'DashScope',
        429,
        { code: 'Throttling.AllocationQuota', message: 'Allocated quota exceeded' },
      ],
      ['a relay', 503, { error: { message: 'Rate limit reached for requests' } }],
      ['a gateway', 403, { message: 'API rate limit exceeded' }],
      ['iFlow, with 200', 200, { status: '449', msg: 'busy' }],
      [
        'Groq',
        413,
        {
          error: {
            message: 'Request too large: tokens per minute',
            type: 'tokens',
            code: 'rate_limit_exceeded',
          },
        },
      ],
      ['words alone', 429, 'Too Many Requests'],
      ['Chinese words', 200, { success: false, msg: '请求过于频繁' }],
    ],
  },
  'a model that is not there': {
    shown: 404,
    code: 'model_not_found',
    rows: [
      [
        'DeepSeek',
        400,
        {
          error: {
            message: 'Model Not Exist',
            type: 'invalid_request_error',
            code: 'invalid_request_error',
          },
        },
      ],
      [
        'Mistral',
        400,
        { object: 'error', message: 'Invalid model: foo', type: 'invalid_model', code: '1500' },
      ],
      ['OpenRouter', 400, { error: { message: 'foo/bar is not a valid model ID', code: 400 } }],
      [
        'OpenAI',
        404,
        { error: { message: 'The model `x` does not exist', code: 'model_not_found' } },
      ],
      ['Ollama', 404, { error: { message: 'model "x" not found, try pulling it first' } }],
      [
        'Google',
        404,
        {
          error: {
            code: 404,
            message: 'models/x is not found for API version v1beta',
            status: 'NOT_FOUND',
          },
        },
      ],
    ],
  },
  'a prompt that does not fit': {
    shown: 400,
    code: 'context_length_exceeded',
    rows: [
      [
        'OpenAI',
        400,
        { error: { message: 'too long', code: 'context_length_exceeded', param: 'messages' } },
      ],
      [
        'Anthropic',
        400,
        {
          type: 'error',
          error: { type: 'invalid_request_error', message: 'prompt is too long: 9 > 8' },
        },
      ],
      [
        'Google',
        400,
        {
          error: {
            code: 400,
            message: 'The input token count (9) exceeds the maximum',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
      [
        'xAI',
        400,
        {
          code: 'x',
          error: "This model's maximum prompt length is 131072 but the request contains more.",
        },
      ],
      [
        'Moonshot',
        400,
        {
          error: {
            message: 'Your request exceeded model token limit: 8192',
            type: 'invalid_request_error',
          },
        },
      ],
      [
        'DashScope',
        400,
        { code: 'InvalidParameter', message: 'Range of input length should be [1, 30720]' },
      ],
      [
        'vLLM',
        400,
        {
          object: 'error',
          message: "This model's maximum context length is 10 tokens.",
          code: 400,
        },
      ],
      [
        'llama.cpp',
        500,
        {
          error: {
            message: 'the request exceeds the available context size',
            type: 'exceed_context_size_error',
          },
        },
      ],
      ['a gateway', 413, { error: { message: 'maximum context length is 10 tokens' } }],
    ],
  },
  'an overload': {
    shown: 503,
    code: 'upstream_unavailable',
    rows: [
      [
        'Anthropic',
        529,
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
      [
        'Anthropic, with 200',
        200,
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
      ['DeepSeek', 503, { error: { message: 'Service is too busy.' } }],
      [
        'Google',
        503,
        { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } },
      ],
      ['a Chinese relay', 500, { error: { message: '当前分组上游负载已饱和，请稍后再试' } }],
    ],
  },
}

const options = { secrets: ['sk-vendor-secret-key'], exposeAuthErrors: false }
const bytesOf = (body: unknown) =>
  Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
const read = (status: number, body: unknown) =>
  upstreamError(status, {}, readErrorBody(bytesOf(body)), options)
const asked: ChatCompletionCreateParams = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
}

describe.each(Object.entries(MEANT))('%s', (_what, { shown, code, rows }) => {
  it.each(rows)('is understood from %s', (_vendor, status, body) => {
    const error = read(status, body)
    // What a vendor blames on the request keeps the vendor's status; a limit or a key has one of
    // its own.
    const isKept =
      ['model_not_found', 'context_length_exceeded'].includes(code) && status >= 400 && status < 500
    expect([error.status, error.code, error.wireCode]).toEqual([
      isKept ? status : shown,
      code,
      code,
    ])
  })

  it.each(rows.filter(([, , body]) => typeof body === 'object'))(
    'is understood from %s where it is an event of a stream',
    async (_vendor, _status, body) => {
      const [first] = [body].flat()
      const frame = `data: ${JSON.stringify(first)}\n\n`
      for (const frames of [[frame], [word('a'), frame]]) {
        await using up = await upstream((_req, res) => void stream(res, ...frames).end())
        const provider = createProvider(
          openaiCompatibleSpec({ id: 'test', baseURL: up.url, errorStatuses: { '449': 429 } }),
          {},
        )
        const error = await failureOf(
          provider(call('chat.completions', { ...asked, stream: true })),
        )
        expect(error.code).toBe(code)
      }
    },
  )
})

const failureOf = (source: ReturnType<ReturnType<typeof createProvider>>): Promise<ApiError> =>
  lastValueFrom(source).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => (ApiError.is(error) ? error : expect.fail(String(error))),
  )

describe('what is wrong with a request', () => {
  const told = 'Extra inputs are not permitted'
  const detail = [{ type: 'extra_forbidden', loc: ['body', 'foo'], msg: told }]
  it.each<readonly [string, unknown, string]>([
    ['in a list of details', { detail }, `body.foo: ${told}`],
    ['in a list inside the message', { object: 'error', message: { detail } }, `body.foo: ${told}`],
    ['in a list as the message', { error: { message: detail } }, `body.foo: ${told}`],
    ['in a text', { detail: told }, told],
    ['in plain words', told, told],
    ['in a list of errors', { errors: [{ message: told }, { message: 'b' }] }, `${told}; b`],
    ['in a list of texts', [told, 'b'], `${told}; b`],
    ['in the only one of a list', { errors: [{ message: told, code: 'x' }] }, told],
    ['by the names of the fields', { errors: { foo: [told] } }, `foo: ${told}`],
    ['as text beside a code', { code: 'bad', error: told }, told],
    [
      'as JSON inside the message',
      { error: { message: JSON.stringify({ error: { message: told } }) } },
      told,
    ],
    [
      'by a relay',
      { error: { message: 'Provider returned error', metadata: { raw: `{"detail":"${told}"}` } } },
      told,
    ],
    [
      'in XML',
      `<?xml version="1.0"?><Error><Code>Bad</Code><Message>${told}</Message></Error>`,
      told,
    ],
    ['as an event', `event: error\ndata: {"message":"${told}"}\n\n`, told],
    ['as a problem', { title: told, status: 422 }, told],
  ])('is told where it stands %s', (_where, body, message) => {
    const error = read(422, body)
    expect([error.status, error.message]).toEqual([422, message])
  })

  it('is about the request where a param is named, whatever it reminds of', () => {
    const body = {
      error: {
        message: "Invalid schema: 'no_api_key' is not valid",
        param: 'tools[0]',
        code: null,
      },
    }
    expect(read(400, body)).toMatchObject({
      status: 400,
      code: 'invalid_request_error',
      param: 'tools[0]',
    })
  })

  it('stays a page where it is one, and stays with its operators where a server broke', () => {
    expect(read(404, '<!DOCTYPE html><message>x</message>').message).toBe(
      'The upstream answered with status 404.',
    )
    expect(read(502, 'connect ECONNREFUSED at db-1.internal').message).toBe(
      'The upstream answered with status 502.',
    )
  })

  it('is told without secrets and in bounds', () => {
    const { message } = read(400, {
      detail: [{ loc: ['body'], msg: `sk-vendor-secret-key ${'x'.repeat(9000)}` }],
    })
    expect(message).not.toContain('secret')
    expect(message.length).toBeLessThanOrEqual(1000)
  })
})

describe('a key that is refused', () => {
  it('is told as it was where the operator wants to see it', () => {
    const shown = (status: number, body: unknown) =>
      upstreamError(status, {}, body, { ...options, exposeAuthErrors: true })
    const refusal = { error: { message: 'Incorrect API key provided: sk-vendor-secret-key' } }
    for (const status of [400, 401, 403]) {
      const error = shown(status, refusal)
      expect([error.status, error.message]).toEqual([
        status,
        'Incorrect API key provided: [redacted]',
      ])
    }
    expect(shown(200, refusal).status).toBe(401)
  })

  it('is not what a broken server’s words are about', () => {
    expect(
      read(500, { error: { message: 'Internal error, please try again later.' } }),
    ).toMatchObject({ status: 500 })
  })
})

describe('a status', () => {
  it.each<readonly [string, unknown, number]>([
    ['as a number for an error', { error: 404, message: 'x' }, 404],
    ['beside the name of an error', { statusCode: 422, error: 'Unprocessable', message: 'x' }, 422],
    ['as text', { error: { code: '409', message: 'x' } }, 409],
    ['in words', { error: { status: 'NOT_FOUND', message: 'x' } }, 404],
  ])('is read from a body that tells it %s', (_how, body, status) => {
    expect(read(200, body).status).toBe(status)
  })

  it('that says no more than that something failed is no code', () => {
    expect(read(400, { status: 'error', message: 'x' }).wireCode).toBe('invalid_request_error')
  })
})

describe('an answer that is none of an error’s', () => {
  it.each<readonly [string, unknown]>([
    [
      'says that all is well',
      { ...completion, base_resp: { status_code: 0, status_msg: 'success' } },
    ],
    ['has empty errors', { ...completion, error: null, errors: [] }],
    ['has a message beside its choices', { ...completion, message: 'rate limit', code: 0 }],
  ])('is given though it %s', async (_what, body) => {
    await using up = await upstream((_req, res) => res.end(JSON.stringify(body)))
    const provider = createProvider(openaiCompatibleSpec({ id: 'test', baseURL: up.url }), {})
    const batch = await lastValueFrom(provider(call<'chat.completions'>('chat.completions', asked)))
    expect(batch.document()!.choices[0]!.message.content).toBe('hello')
  })
})

describe('words from outside', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'such as %s are nothing but words as code, type and status',
    (name) => {
      for (const body of [
        { error: { code: name, type: name, status: name } },
        { status: name, msg: 'x' },
      ]) {
        expect(read(400, body)).toMatchObject({ status: 400, code: 'invalid_request_error' })
        expect(read(200, body)).toMatchObject({ status: 502, code: 'upstream_error' })
      }
    },
  )

  it('are read in a moment, however many and however deep', () => {
    const many = (item: object) => Array.from({ length: 50_000 }, () => item)
    const deep = `${'{"error":'.repeat(20_000)}1${'}'.repeat(20_000)}`
    const long = {
      error: { message: 'input token count '.repeat(60_000), details: many({ reason: '_' }) },
    }
    const begun = performance.now()
    for (const body of [deep, long, { detail: many({ loc: ['a', 'b'], msg: 'c' }) }]) {
      expect(read(400, body).status).toBe(400)
    }
    expect(performance.now() - begun).toBeLessThan(500)
  })
})
