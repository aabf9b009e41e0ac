import { ApiError } from '@sluice/core'
import type { Model } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import type { DemoHandler } from './answerer.ts'
import { oneBatch } from './one-batch.ts'

/**
 * Chat models answer briefly or, as `demo-large`, at more length; any of them may be asked for
 * anything.
 */
const IDS = ['demo', 'demo-large', 'demo-embedding']

/** 1 January 2025: a model has to have been made at some time. */
const CREATED = 1_735_689_600

/** Answers `GET /models` with the demo's own models. */
export const answerModels: DemoHandler<'models.list'> = (call) =>
  oneBatch(
    call.gate,
    new DocumentBatch({ value: { object: 'list', data: IDS.map(toModel) } }, call.gate),
  )

/**
 * Answers `GET /models/{id}`; 404 for names that are not the demo's own, though it would answer for
 * them.
 */
export const answerModel: DemoHandler<'models.retrieve'> = (call) => {
  if (!IDS.includes(call.model)) {
    throw new ApiError('model_not_found', {
      message: `The model \`${call.model}\` does not exist or you do not have access to it.`,
      param: 'model',
    })
  }
  return oneBatch(call.gate, new DocumentBatch({ value: toModel(call.model) }, call.gate))
}

function toModel(id: string): Model {
  return { id, object: 'model', created: CREATED, owned_by: 'sluice' }
}
