import { ApiError, type Call, type Operation } from '@sluice/core'
import { markHandler } from '@sluice/core/internal'
import { catchError, throwError } from 'rxjs'
import type { Provider } from './define-provider.ts'

/**
 * Two ways to the same service as one provider: the spare is asked when the first cannot be
 * reached, that is when nothing at all came back from it. Answers, refusals and broken streams of
 * the first are final.
 */
export function withFailover(first: Provider, spare: Provider): Provider {
  const handle = <O extends Operation>(call: Call<O>) =>
    first(call).pipe(
      catchError((error: unknown) =>
        ApiError.is(error) && error.code === 'upstream_unreachable'
          ? spare(call)
          : throwError(() => error),
      ),
    )
  return Object.assign(markHandler(handle, `${first.id}()`), {
    id: first.id,
    supports: (operation: Operation) => first.supports(operation),
    close() {
      first.close()
      spare.close()
    },
  })
}
