import { ApiError, type Batch, type Call } from '@sluice/core'
import { DocumentBatch } from '@sluice/sse-stream/internal'
import { map, type Observable } from 'rxjs'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'

/** Lists the models that the provider knows. */
export function handleModels(call: Call, runtime: ProviderRuntime): Observable<Batch> {
  return runtime.models
    .list()
    .pipe(
      map((data) => new DocumentBatch({ value: { object: 'list', data: [...data] } }, call.gate)),
    )
}

/** Shows one of the models that the provider knows. */
export function handleModel(call: Call, runtime: ProviderRuntime): Observable<Batch> {
  return runtime.models.list().pipe(
    map((models) => {
      const model = models.find((one) => one.id === call.model)
      if (model !== undefined) return new DocumentBatch({ value: model }, call.gate)
      const message = `The model \`${call.model}\` does not exist or you do not have access to it.`
      throw new ApiError('model_not_found', { message, param: 'model' })
    }),
  )
}
