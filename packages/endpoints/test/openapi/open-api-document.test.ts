import { errorCodes } from '@sluice/core'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { openApiDocument, type OpenApiDocument } from '../../src/index.ts'
import { responseSchemas, type ResponseName } from '../../src/openapi/response-schemas.ts'
import { matchOpenAI, routes } from '../../src/dialects/openai-routes.ts'

interface Described {
  operationId: string
  requestBody?: { content: Record<string, { schema: { $ref: string } }> }
  responses: Record<
    string,
    { $ref?: string; content?: Record<string, { schema: { $ref?: string } }> }
  >
}

const METHODS = ['get', 'post', 'delete'] as const

function operationsOf(document: OpenApiDocument) {
  return Object.entries(document.paths!).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = (item as Record<string, unknown>)[method] as Described | undefined
      return operation === undefined ? [] : [{ path, method, operation }]
    }),
  )
}

/** What a `$ref` stands for. */
function resolve(document: object, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/')],
      document,
    )
}

describe('the OpenAPI document', () => {
  const document = openApiDocument({
    models: ['a', 'b/c'],
    limits: { requestsPerMinute: 3000, tokensPerMinute: 0 },
  })
  const operations = operationsOf(document)

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document) as never)
    expect(errors).toBeUndefined()
    expect([valid, validator.version]).toEqual([true, '3.1'])
  })

  it('refers only to what it holds', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      (match) => match[1]!,
    )
    expect(refs.length).toBeGreaterThan(100)
    expect(
      refs.filter((ref) => !ref.startsWith('#/') || resolve(document, ref) === undefined),
    ).toEqual([])
  })

  it('has every path that is served, under its method, and no other', () => {
    for (const [path, route] of Object.entries(routes)) {
      expect(operations.filter((one) => one.path === path).map(({ method }) => method)).toEqual([
        route.method.toLowerCase(),
      ])
    }
    for (const { path, method } of operations) {
      const match = matchOpenAI(path.replace(/\{\w+\}/g, 'some-id'))
      const methods =
        match.kind === 'stored-response'
          ? match.methods
          : match.kind === 'route'
            ? [match.route.method]
            : ['GET']
      expect([path, match.kind]).not.toEqual([path, 'unknown'])
      expect(methods).toContain(method.toUpperCase())
    }
  })

  it('gives each operation a name of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('tells JSON bodies from forms, and has files in forms as binary', () => {
    for (const [path, route] of Object.entries(routes)) {
      const { operation } = operations.find((one) => one.path === path)!
      const types = Object.keys(operation.requestBody?.content ?? {})
      expect(types).toEqual(
        route.schema === undefined
          ? []
          : [route.form === undefined ? 'application/json' : 'multipart/form-data'],
      )
    }
    const schemas = document.components!.schemas as Record<
      string,
      { properties: Record<string, unknown> }
    >
    expect(schemas['CreateTranscriptionParams']!.properties['file']).toMatchObject({
      type: 'string',
      format: 'binary',
    })
    expect(schemas['CreateImageEditParams']!.properties['image']).toMatchObject({
      type: 'array',
      items: { format: 'binary' },
    })
  })

  it('carries the bounds that requests are checked against', () => {
    const { properties } = document.components!.schemas!['CreateChatCompletionParams'] as {
      properties: Record<string, object>
    }
    expect(properties['messages']).toMatchObject({ type: 'array', minItems: 1, maxItems: 4096 })
    expect(JSON.stringify(properties['temperature'])).toContain('"minimum":0,"maximum":2')
  })

  it('has streamed answers beside whole ones exactly where `stream` can be asked for', () => {
    for (const { path, operation } of operations) {
      if (path.startsWith('/responses/')) continue
      const ref = Object.values(operation.requestBody?.content ?? {})[0]?.schema.$ref
      const params = (ref === undefined ? {} : resolve(document, ref)) as { properties?: object }
      const streams =
        'stream' in (params.properties ?? {}) || 'stream_format' in (params.properties ?? {})
      expect([path, 'text/event-stream' in operation.responses['200']!.content!]).toEqual([
        path,
        streams,
      ])
    }
  })

  it('has every code that a client can meet, under its status', () => {
    const responses = document.components!.responses as Record<string, { description: string }>
    // A conflict only comes from a vendor, under `default`; who has closed the request meets
    // nothing, and a socket is no operation.
    for (const [code, { status }] of Object.entries(errorCodes).filter(
      ([, { status }]) => ![409, 426, 499].includes(status),
    )) {
      expect(responses[`Error${status}`]!.description).toContain(`\`${code}\``)
    }
    for (const { operation } of operations) {
      expect(operation.responses['default']).toEqual({ $ref: '#/components/responses/Error' })
      for (const status of [400, 401, 404, 429, 500, 502, 503, 504]) {
        expect(operation.responses[status]).toEqual({
          $ref: `#/components/responses/Error${status}`,
        })
      }
    }
  })

  it('asks for a bearer key', () => {
    expect(document.security).toEqual([{ bearer: [] }])
    expect(document.components!.securitySchemes).toEqual({
      bearer: { type: 'http', scheme: 'bearer' },
    })
  })

  it('names models and limits, and leaves out limits that are off', () => {
    expect(document['x-models']).toEqual(['a', 'b/c'])
    expect(document.components!.schemas!['ModelName']).toMatchObject({
      type: 'string',
      examples: ['a', 'b/c'],
    })
    expect(document['x-limits']).toEqual({ requestsPerMinute: 3000 })
    expect(document.info.description).toContain('3000 requests a minute.')
  })

  it('is the same each time, and free of what the host did not say', () => {
    const options = {
      models: ['a'],
      servers: ['https://relay.example/v1'],
      title: 'Ours',
      version: '2.0.0',
    }
    expect(JSON.stringify(openApiDocument(options))).toBe(JSON.stringify(openApiDocument(options)))
    expect(openApiDocument(options)).toMatchObject({
      info: { title: 'Ours', version: '2.0.0' },
      servers: [{ url: 'https://relay.example/v1' }],
    })
    expect(openApiDocument().servers).toEqual([{ url: '/v1' }])
    expect(openApiDocument()['x-models']).toEqual([])
  })
})

describe('the answers that it describes', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const head = { id: 'x', created: 1, model: 'm' }
  const answers: Partial<Record<ResponseName, object>> = {
    ChatCompletion: {
      ...head,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            refusal: null,
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
          logprobs: null,
        },
      ],
      usage,
    },
    ChatCompletionChunk: {
      ...head,
      object: 'chat.completion.chunk',
      choices: [
        {
          index: 0,
          delta: { tool_calls: [{ index: 0, function: { arguments: '{' } }] },
          finish_reason: null,
        },
      ],
    },
    Completion: {
      ...head,
      object: 'text_completion',
      choices: [{ index: 0, text: 'x', finish_reason: 'stop', logprobs: null }],
      usage,
    },
    EmbeddingList: {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: 'AAAA' }],
      model: 'm',
      usage: { prompt_tokens: 1, total_tokens: 1 },
    },
    Models: { object: 'list', data: [{ id: 'm', object: 'model', created: 1, owned_by: 'x' }] },
    Error: { error: { message: 'x', type: 'requests', param: null, code: 'a_vendors_own' } },
  }
  it.each(Object.entries(answers) as [ResponseName, object][])(
    'take a real %s, and not one without its fields',
    (name, answer) => {
      expect(responseSchemas[name].safeParse(answer).error).toBeUndefined()
      for (const field of Object.keys(answer).filter(
        (key) => key !== 'usage' || name === 'EmbeddingList',
      )) {
        const { [field]: _left, ...rest } = answer as Record<string, unknown>
        expect([field, responseSchemas[name].safeParse(rest).success]).toEqual([field, false])
      }
    },
  )
})
