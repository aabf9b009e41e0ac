import { mayUseModel, type Batch, type Call } from '@sluice/core'
import type { ModelsPage } from '@sluice/core/wire'
import { DocumentBatch } from '@sluice/sse-stream/internal'

/** A list of models without those that the caller may not use. */
export function permittedModels(batch: Batch, { principal, gate }: Call): Batch {
  const page = batch.document() as ModelsPage
  const data = page.data.filter(({ id }) => mayUseModel(principal, id))
  return new DocumentBatch<never, ModelsPage>({ value: { ...page, data } }, gate, batch.usage)
}
