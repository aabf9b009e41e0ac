import { ApiError, type Batch } from '@sluice/core'
import type { Model, ModelsPage } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { map } from 'rxjs'
import type { Respond } from '../route.ts'

/** Google's own bounds (v1beta reference, `models.list`). */
const PAGE_SIZE = 50
const MAX_PAGE_SIZE = 1000

const EMBEDDING = ['embedContent', 'batchEmbedContents']
const GENERATING = ['generateContent', 'countTokens']

/** Answers `GET /models` with the page that a query asks for. */
export function respondModels(query: URLSearchParams): Respond {
  return (responses) =>
    responses.pipe(
      map((batch) => {
        const { data } = batch.document() as ModelsPage
        const from = startOf(query.get('pageToken') ?? query.get('page_token'), data.length)
        const to = from + sizeOf(query.get('pageSize') ?? query.get('page_size'))
        const next = to < data.length ? { nextPageToken: tokenOf(to) } : {}
        return documentLike(batch, { models: data.slice(from, to).map(toGeminiModel), ...next })
      }),
    )
}

/** Answers `GET /models/{model}`. */
export const respondModel: Respond = (responses) =>
  responses.pipe(map((batch) => documentLike(batch, toGeminiModel(batch.document() as Model))))

function toGeminiModel(model: Model): Readonly<Record<string, unknown>> {
  const { id, abilities, context_window: input, max_output_tokens: output } = model
  const isEmbedding = Array.isArray(abilities)
    ? abilities.includes('embeddings')
    : /embed/i.test(id)
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: '001',
    displayName: id,
    description: `Served by ${model.owned_by}.`,
    ...(typeof input === 'number' ? { inputTokenLimit: input } : {}),
    ...(typeof output === 'number' ? { outputTokenLimit: output } : {}),
    supportedGenerationMethods: isEmbedding ? EMBEDDING : GENERATING,
  }
}

function sizeOf(given: string | null): number {
  if (given === null || given === '') return PAGE_SIZE
  if (!/^\d{1,9}$/.test(given)) throw wrong('pageSize', 'It is a whole number.')
  return Math.min(Number(given) || PAGE_SIZE, MAX_PAGE_SIZE)
}

function tokenOf(start: number): string {
  return Buffer.from(`from ${start}`).toString('base64url')
}

function startOf(token: string | null, length: number): number {
  if (token === null || token === '') return 0
  const said = Buffer.from(token.slice(0, 64), 'base64url').toString()
  const start = Number(/^from (\d{1,9})$/.exec(said)?.[1] ?? Number.NaN)
  if (start <= length) return start
  throw wrong('pageToken', 'It is not one that this server has given.')
}

function wrong(param: string, message: string): ApiError {
  return new ApiError('invalid_value', { message: `Invalid '${param}': ${message}`, param })
}

function documentLike({ gate, usage }: Batch, value: unknown): Batch {
  return new DocumentBatch({ value }, gate, usage)
}
