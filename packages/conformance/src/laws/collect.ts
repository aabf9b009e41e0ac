import type { ApiError, Batch } from '@sluice/core'
import type { ChatCompletionChunk, CompletionUsage } from '@sluice/core/wire'
import type { Observable } from 'rxjs'

/** All that an answer consisted of. */
export interface Collected {
  readonly chunks: readonly ChatCompletionChunk[]
  readonly document: unknown
  readonly usage: CompletionUsage | undefined
  readonly error: ApiError | undefined
}

/** Subscribes to an answer and waits for its end. */
export function collect(answer$: Observable<Batch>): Promise<Collected> {
  const chunks: ChatCompletionChunk[] = []
  let document: unknown
  let usage: CompletionUsage | undefined
  return new Promise((resolve) => {
    const done = (error?: ApiError) => resolve({ chunks, document, usage, error })
    answer$.subscribe({
      next(batch) {
        if (batch.framing === 'document') document = batch.document()
        else chunks.push(...(batch.chunks() as readonly ChatCompletionChunk[]))
        usage = batch.usage ?? usage
      },
      error: (error: unknown) => done(error as ApiError),
      complete: () => done(),
    })
  })
}
