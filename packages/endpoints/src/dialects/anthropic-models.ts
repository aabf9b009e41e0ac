import { ApiError, type Batch } from '@sluice/core'
import type { Model, ModelsPage } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { map } from 'rxjs'
import type { Respond } from './route.ts'

/** Anthropic's own. */
const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1000
/** The end of the year 9999. */
const LATEST_MS = 253_402_300_799_000

/** Turns one model into Anthropic's form. */
export const respondModel: Respond = (responses, { gate }) =>
  responses.pipe(
    map((batch): Batch => new DocumentBatch({ value: toInfo(batch.document() as Model) }, gate)),
  )

/** Turns a list of models into the page of it that the query asks for. */
export function respondModels(query: URLSearchParams): Respond {
  return (responses, { gate }) =>
    responses.pipe(
      map((batch): Batch => {
        const { data } = batch.document() as ModelsPage
        return new DocumentBatch({ value: pageOf(data, query) }, gate)
      }),
    )
}

function pageOf(models: readonly Model[], query: URLSearchParams): unknown {
  const limit = limitOf(query.get('limit'))
  const [after, before] = [query.get('after_id'), query.get('before_id')]
  let all = models
  if (after !== null) all = models.slice(placeOf(models, after, 'after_id') + 1)
  else if (before !== null) all = models.slice(0, placeOf(models, before, 'before_id'))
  // A page before an id ends in front of it.
  const isBackward = after === null && before !== null
  const data = (isBackward ? all.slice(-limit) : all.slice(0, limit)).map(toInfo)
  return {
    data,
    has_more: data.length < all.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  }
}

function limitOf(asked: string | null): number {
  if (asked === null) return DEFAULT_LIMIT
  const limit = /^\d{1,4}$/.test(asked) ? Number(asked) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new ApiError('invalid_request_error', {
    message: `Invalid 'limit': Expected a whole number from 1 to ${MAX_LIMIT}.`,
    param: 'limit',
  })
}

function placeOf(models: readonly Model[], id: string, param: string): number {
  const place = models.findIndex((model) => model.id === id)
  if (place >= 0) return place
  throw new ApiError('invalid_request_error', {
    message: `Invalid '${param}': there is no such model.`,
    param,
  })
}

/** A model of unknown age is from 1970, as Anthropic says it too. */
function toInfo({ id, created, ...more }: Model) {
  const createdMs = created * 1000
  const { display_name: name, context_window: window, max_output_tokens: most } = more
  return {
    type: 'model',
    id,
    display_name: typeof name === 'string' ? name : id,
    created_at: new Date(createdMs <= LATEST_MS ? createdMs : 0)
      .toISOString()
      .replace('.000Z', 'Z'),
    ...(typeof window === 'number' ? { max_input_tokens: window } : {}),
    ...(typeof most === 'number' ? { max_tokens: most } : {}),
  }
}
