import { ApiError, type Batch, type Call } from '@sluice/core'
import { DocumentBatch } from '@sluice/sse-stream'
import { of, throwError, type Observable } from 'rxjs'
import type { ProviderRuntime } from '../provider-runtime.ts'

/** Lists the models that the spec knows. */
export function answerModels(call: Call, runtime: ProviderRuntime): Observable<Batch> {
  return of(new DocumentBatch({ value: { object: 'list', data: [...(runtime.spec.models ?? [])] } }, call.gate))
}

/** Shows one of the models that the spec knows. */
export function answerModel(call: Call, runtime: ProviderRuntime): Observable<Batch> {
  const model = runtime.spec.models?.find((one) => one.id === call.model)
  if (model !== undefined) return of(new DocumentBatch({ value: model }, call.gate))
  const message = `The model \`${call.model}\` does not exist or you do not have access to it.`
  return throwError(() => new ApiError('model_not_found', { message, param: 'model' }))
}
