import type { ApiError } from '@sluice/core'
import type { Dialect } from '@sluice/core/wire'

/** How a dialect frames its streams: what stands in them beside the events of the response. */
export interface DialectForm {
  readonly dialect: Dialect
  /** Written while the upstream is silent; the dialect's clients read over it. */
  readonly heartbeat: Uint8Array
  /** Whether a stream ends with `data: [DONE]`. */
  readonly done: boolean
  /**
   * Returns the frame that tells of a failure after the commit; `undefined` where the dialect's
   * clients would take what came before it for all, so that the connection is broken off.
   */
  errorFrame(error: ApiError, requestId: string): string | undefined
}
