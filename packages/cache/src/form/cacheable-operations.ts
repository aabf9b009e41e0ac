import type { Operation } from '@sluice/core'
import { wordTable } from '@sluice/core/internal'

/** What the cache has to know of an operation's answers. */
export interface CacheableOperation {
  /**
   * A completion has choices with finish reasons, an `id` and a `created`, and may be streamed.
   * Other answers are kept and given as they are.
   */
  readonly isCompletion: boolean
  /** A message may be streamed; its stream is kept under a key of its own, and given as it came. */
  readonly isMessage?: boolean
}

/** The operations whose answers may be kept. All others pass by. */
export const cacheableOperations = wordTable<CacheableOperation>({
  'chat.completions': { isCompletion: true },
  embeddings: { isCompletion: false },
  'messages.create': { isCompletion: false, isMessage: true },
  moderations: { isCompletion: false },
} satisfies Partial<Record<Operation, CacheableOperation>>)
