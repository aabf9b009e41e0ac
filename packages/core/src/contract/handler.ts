import type { Observable } from 'rxjs'
import type { Batch } from './batch.ts'
import type { Call } from './call.ts'
import type { Chunk, Document, Operation } from './operation.ts'

/**
 * Answers calls. The Observable is cold: subscribing starts the work, unsubscribing stops
 * everything below it. It emits batches and completes, or fails with an `ApiError`; a failure
 * before the first batch means that nothing was delivered.
 */
export type Handler = <O extends Operation>(
  call: Call<O>,
) => Observable<Batch<Chunk<O>, Document<O>>>
