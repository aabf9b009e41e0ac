import type { Batch, Call, Operation } from '@sluice/core'
import type { Observable } from 'rxjs'
import type { ProviderRuntime } from '../runtime/provider-runtime.ts'

/** Answers the calls of one operation. */
export type OperationHandler<O extends Operation = Operation> = (
  call: Call<O>,
  runtime: ProviderRuntime,
) => Observable<Batch>
