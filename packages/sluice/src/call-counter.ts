import { feature, type Feature, type Interceptor } from '@sluice/core'
import { Observable } from 'rxjs'

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
  const intercept: Interceptor['intercept'] = (call, next) =>
    new Observable((subscriber) => {
      let outcome: 'completed' | 'failed' | 'left' = 'left'
      counts.running++
      subscriber.add(() => {
        counts.running--
        counts[outcome]++
      })
      return next(call).subscribe({
        next: (batch) => subscriber.next(batch),
        error: (error) => {
          outcome = 'failed'
          subscriber.error(error)
        },
        complete: () => {
          outcome = 'completed'
          subscriber.complete()
        },
      })
    })
  return { counts: () => ({ ...counts }), feature: feature({ name: 'callCounter', phase: 'observe', intercept }) }
}
