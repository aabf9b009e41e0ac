import type { Dialect } from '@sluice/core/wire'

/** How vendors' failures are shown. */
export interface UpstreamErrorOptions {
  /** Strings that must never be shown: the vendor key. */
  readonly secrets: readonly string[]
  /** Keep a vendor's 401 and 403 instead of hiding that its key failed behind a 502. */
  readonly exposeAuthErrors: boolean
  /** The status that a vendor's own code stands for. */
  readonly statuses?: ReadonlyMap<string, number> | undefined
  /** The dialect in which the call was made and answered, whose error bodies go on as they are. */
  readonly dialect?: Dialect | undefined
}
