import { call, type Call } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { isWholeList } from '../../src/record/is-whole-list.ts'

const embeddings = (input: unknown) => call('embeddings', { model: 'm', input } as never)
const moderation = call('moderations', { model: 'm', input: 'a' })
const vectors = (...embedding: unknown[]) => ({
  object: 'list',
  data: embedding.map((one) => ({ embedding: one })),
})

describe('isWholeList', () => {
  it.each<[string, boolean, Call, unknown]>([
    ['a vector for a text', true, embeddings('a'), vectors([0.1, 2])],
    ['a vector for a list of token ids', true, embeddings([1, 2, 3]), vectors([0.1, 2])],
    ['a vector for each text', true, embeddings(['a', 'b']), vectors([1], [2])],
    ['vectors as base64', true, embeddings(['a', 'b']), vectors('AAAA', 'AAAA')],
    ['one vector for two texts', false, embeddings(['a', 'b']), vectors([1])],
    ['no vectors', false, embeddings('a'), vectors()],
    ['an empty vector', false, embeddings(['a', 'b']), vectors([1], [])],
    ['an empty text for a vector', false, embeddings('a'), vectors('')],
    ['nothing for a vector', false, embeddings('a'), vectors(null)],
    ['a vector with a hole', false, embeddings('a'), vectors([0.5, Number.NaN, 1])],
    [
      'an error beside a vector',
      false,
      embeddings('a'),
      { ...vectors([1]), error: { message: 'x' } },
    ],
    ['a verdict', true, moderation, { results: [{ flagged: false }] }],
    ['no verdict', false, moderation, { results: [] }],
    ['no results at all', false, moderation, { id: 'm' }],
  ])('knows %s (%s)', (_what, expected, asked, document) => {
    for (const indent of [0, 2]) {
      expect(
        isWholeList(asked, new TextEncoder().encode(JSON.stringify(document, null, indent))),
      ).toBe(expected)
    }
  })
})
