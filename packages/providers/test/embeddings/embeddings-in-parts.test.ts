import { ApiError, call } from '@sluice/core'
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from '@sluice/core/wire'
import { createProvider, openaiCompatibleSpec } from '@sluice/providers'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { upstream } from '../upstream.ts'

const providerOf = (baseURL: string, floatsOnly = false) =>
  createProvider(
    openaiCompatibleSpec({
      id: 'test',
      baseURL,
      embeddings: { floatsOnly, maxInputs: [[/./, 3]] },
    }),
    {},
  )
const texts = (count: number) => Array.from({ length: count }, (_, at) => String(at))
const inputOf = (body: string) => (JSON.parse(body) as { input: string[] }).input
const base64 = (value: number) => Buffer.from(new Float32Array([value]).buffer).toString('base64')

/**
 * An answer as a vendor gives it: each number as the vector of its text, in an order of the
 * vendor's.
 */
function answerTo(body: string): string {
  const { input, encoding_format: format } = JSON.parse(body) as {
    input: string[]
    encoding_format?: string
  }
  const data = input.map((text, index) => {
    const embedding = format === 'base64' ? base64(Number(text)) : [Number(text)]
    return { object: 'embedding', index, embedding }
  })
  const usage = { prompt_tokens: input.length, total_tokens: input.length }
  return JSON.stringify({ object: 'list', data: data.toReversed(), model: 'm', usage })
}

async function embed(
  provider: ReturnType<typeof providerOf>,
  params: Pick<EmbeddingCreateParams, 'input' | 'encoding_format'>,
) {
  const batch = await lastValueFrom(provider(call('embeddings', { model: 'm', ...params })))
  return { document: batch.document() as unknown as CreateEmbeddingResponse, usage: batch.usage }
}

describe('more inputs than a vendor takes at once', () => {
  it.each([
    ['float', false],
    ['base64', false],
    ['base64', true],
    [undefined, false],
  ] as const)(
    'are embedded by several requests, in one answer in their order (%s, floats only: %s)',
    async (format, only) => {
      await using up = await upstream((_req, res, body) => {
        // The later requests are answered first.
        setTimeout(() => res.end(answerTo(body)), inputOf(body)[0] === '0' ? 20 : 0)
      })
      const asked = format === undefined ? {} : { encoding_format: format }
      const { document, usage } = await embed(providerOf(up.url, only), {
        input: texts(8),
        ...asked,
      })
      expect(document.data.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      const vectors = texts(8).map((text) =>
        format === 'base64' ? base64(Number(text)) : [Number(text)],
      )
      expect(document.data.map(({ embedding }) => embedding)).toEqual(vectors)
      expect(document.usage).toEqual({ prompt_tokens: 8, total_tokens: 8 })
      expect(usage).toEqual({ prompt_tokens: 8, completion_tokens: 0, total_tokens: 8 })
      expect(up.requests.map(({ body }) => inputOf(body).length).toSorted((a, b) => a - b)).toEqual(
        [2, 3, 3],
      )
    },
  )

  it.each<[string, EmbeddingCreateParams['input']]>([
    ['as many as fit', texts(3)],
    ['one text', 'a'],
    ['one text of many token ids', [1, 2, 3, 4, 5]],
  ])('are not what %s are', async (_what, input) => {
    await using up = await upstream((_req, res) => res.end(answerTo('{"input":["1"]}')))
    await embed(providerOf(up.url), { input })
    expect(up.requests).toHaveLength(1)
    expect((JSON.parse(up.requests[0]!.body) as EmbeddingCreateParams).input).toEqual(input)
  })

  it('are split where they are lists of token ids', async () => {
    await using up = await upstream((_req, res, body) => res.end(answerTo(body)))
    await embed(providerOf(up.url), { input: [[1], [2], [3], [4]] })
    expect(up.requests.map(({ body }) => inputOf(body).length).toSorted((a, b) => a - b)).toEqual([
      1, 3,
    ])
  })

  it('fail with the first request that fails, which stops the others', async () => {
    await using up = await upstream((_req, res, body) => {
      if (inputOf(body)[0] === '3') res.writeHead(429).end('{"error":{"message":"slow down"}}')
    })
    const error: unknown = await embed(providerOf(up.url), { input: texts(30) }).catch(
      (thrown: unknown) => thrown,
    )
    expect(ApiError.is(error) && [error.status, error.message]).toEqual([429, 'slow down'])
    await vi.waitFor(() => expect(up.sockets.size).toBeLessThanOrEqual(1))
    expect(up.requests.length).toBeLessThanOrEqual(5)
  })

  it('fail where a request gives fewer embeddings than inputs, for the rest would belong to others', async () => {
    await using up = await upstream((_req, res) => res.end(answerTo('{"input":["1"]}')))
    const error: unknown = await embed(providerOf(up.url), { input: texts(4) }).catch(
      (thrown: unknown) => thrown,
    )
    expect(ApiError.is(error) && error.code).toBe('upstream_invalid_response')
  })

  it('are four requests at a time', async () => {
    let open = 0
    let most = 0
    await using up = await upstream((_req, res, body) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        res.end(answerTo(body))
      }, 5)
    })
    const { document } = await embed(providerOf(up.url), { input: texts(60) })
    expect([most, document.data.length]).toEqual([4, 60])
  })
})
