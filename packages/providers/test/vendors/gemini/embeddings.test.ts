import type { EmbeddingCreateParams } from '@sluice/core/wire'
import { geminiSpec } from '@sluice/providers/gemini'
import { describe, expect, test } from 'vitest'

const dialect = geminiSpec().embeddings!
const context = { model: 'gemini-embedding-001', stream: false }
const paramsOf = (changes: Partial<EmbeddingCreateParams>): EmbeddingCreateParams => ({
  model: context.model,
  input: 'a',
  ...changes,
})

describe('the request', () => {
  test('has one request for each text', () => {
    const { path, body } = dialect.encode(
      paramsOf({ input: ['a', 'b'], dimensions: 8, title: 'T', user: 'u' }),
      context,
    )
    expect(path).toBe('/v1beta/models/gemini-embedding-001:batchEmbedContents')
    const one = (text: string) => ({
      model: 'models/gemini-embedding-001',
      outputDimensionality: 8,
      title: 'T',
      content: { parts: [{ text }] },
    })
    expect(body).toEqual({ requests: [one('a'), one('b')] })
  })

  test.each([[[1, 2]], [[[1], [2]]]])('refuses the token ids %j', (input) => {
    expect(() => dialect.encode(paramsOf({ input }), context)).toThrow(
      expect.objectContaining({ status: 400, param: 'input' }) as Error,
    )
  })
})

describe('the answer', () => {
  test.each([
    [
      'as numbers',
      { encoding_format: 'float' as const },
      [
        [0.5, -1],
        [2, 0],
      ],
    ],
    ['as base64', { encoding_format: 'base64' as const }, ['AAAAPwAAgL8=', 'AAAAQAAAAAA=']],
  ])('has the vectors %s', (_, changes, vectors) => {
    const document = { embeddings: [{ values: [0.5, -1] }, { values: [2, 0] }] }
    const answer = dialect.decode(document, paramsOf(changes), context)
    expect(answer.data.map(({ index }) => index)).toEqual([0, 1])
    expect(answer.data.map(({ embedding }) => embedding)).toEqual(vectors)
    expect(answer.usage).toEqual({ prompt_tokens: 0, total_tokens: 0 })
  })

  test.each([[{}], [{ embeddings: [{}] }], [[]], [null]])('of %j cannot be read', (document) => {
    expect(() => dialect.decode(document, paramsOf({}), context)).toThrow(TypeError)
  })
})
