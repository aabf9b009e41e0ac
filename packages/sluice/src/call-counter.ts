import { feature, type Call, type Feature } from '@sluice/core'
import { finalize, tap } from 'rxjs'

/** How many calls there are and were. */
export interface CallCounts {
  readonly running: number
  readonly completed: number
  readonly failed: number
  /** The caller went away before the answer was whole. */
  readonly left: number
}

/** Counts calls, from the outermost place. */
export function callCounter(): { readonly feature: Feature; counts(): CallCounts } {
  const counts = { running: 0, completed: 0, failed: 0, left: 0 }
  return {
    counts: () => ({ ...counts }),
    feature: feature({
      name: 'callCounter',
      phase: 'observe',
      intercept: (call: Call, next) => {
        let outcome: 'completed' | 'failed' | 'left' = 'left'
        return next(call).pipe(
          tap({
            subscribe: () => counts.running++,
            complete: () => (outcome = 'completed'),
            error: () => (outcome = 'failed'),
          }),
          finalize(() => {
            counts.running--
            counts[outcome]++
          }),
        ) as never
      },
    }),
  }
}
