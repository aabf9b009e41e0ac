import type { Batch } from '@sluice/core'

/** Bytes for one write, in memory that will be used again. */
export interface Loan {
  readonly bytes: Uint8Array
  /** To be called when the write is done, as its callback: with an error, or where it is never called, the memory is not used again. */
  readonly giveBack: (error?: Error | null) => void
}

/**
 * A batch whose bytes are made when they are wanted. Whoever looks at `bytes` gets a copy of its own, to keep; who only writes them can borrow them:
 * fresh memory for each answer costs several times as much as filling it.
 */
export interface LendingBatch extends Batch {
  /** How long `bytes` is, without making it. */
  readonly byteLength: number
  /** The bytes, and `tail` behind them. Nothing where these do not go together. */
  lend(tail: Uint8Array): Loan | undefined
}

/** Whether the bytes of a batch can be borrowed. */
export function isLending(batch: Batch): batch is LendingBatch {
  return 'lend' in batch
}
