import type { Gate } from './gate.ts'
import type { CompletionUsage } from '../wire/completion-usage.ts'

/**
 * What an answer is made of: all that one turn of the event loop brought, in one object that is
 * only taken apart when somebody looks.
 *
 * - `events`: whole SSE events of a streamed answer, ready to be written; never `[DONE]`, which
 *   belongs to the writer.
 * - `document`: the whole JSON answer of a call that is not streamed; the only batch of its answer.
 * - `binary`: a slice of an answer that is not JSON (speech, subtitles).
 *
 * Usage comes in a batch of its own, the last one; its `bytes` are empty unless the caller asked to
 * see it.
 */
export interface Batch<Chunk = unknown, Document = unknown> {
  readonly framing: 'events' | 'document' | 'binary'
  /** What would be written. Its memory is the batch's own, and stays as it is. */
  readonly bytes: Uint8Array
  /** Length of `bytes`, said without making them. Absent where they are there anyway. */
  readonly byteLength?: number | undefined
  /**
   * Media type of the answer, where it is not the framing's own (`text/event-stream`,
   * `application/json`).
   */
  readonly contentType?: string | undefined
  /** What the answer cost, on the batch that says so. */
  readonly usage?: CompletionUsage | undefined
  /** Flow control of the call that this batch belongs to. */
  readonly gate: Gate
  /**
   * The events as objects, parsed at the first call. A document gives the chunks that a stream
   * would have had. Never change them.
   */
  chunks(): readonly Chunk[]
  /** The whole answer, where `framing` is `document`. Never change it. */
  document(): Document | undefined
  /** The text that the first choice gained, without parsing where that is possible. */
  text(): string
  /**
   * Lends `bytes` to whoever writes them out at once: to one only, and only while the batch is
   * being handed on.
   */
  borrowBytes?(): PooledBytes | undefined
}

/** How long a batch's bytes are, without making them where the batch can say so. */
export function byteLengthOf(batch: Pick<Batch, 'bytes' | 'byteLength'>): number {
  return batch.byteLength ?? batch.bytes.length
}

/**
 * Bytes in memory that is used again for later batches, so that a stream allocates nothing for what
 * it passes on. Memory that is never given back is lost to its pool and nothing worse.
 */
export interface PooledBytes {
  readonly bytes: Uint8Array
  /** Puts more behind the bytes; false where there is no room. */
  append(more: Uint8Array): boolean
  /** Gives the memory back, once the bytes have been written. */
  release(): void
}
