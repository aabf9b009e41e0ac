import type { Batch, Call, Operation } from '@sluice/core'
import type { Observable } from 'rxjs'
import type { ProviderRuntime } from '../provider-runtime.ts'

/** Answers the calls of one operation. */
export type Answerer<O extends Operation = Operation> = (call: Call<O>, runtime: ProviderRuntime) => Observable<Batch>
