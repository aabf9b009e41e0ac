import { OutgoingMessage, type ServerResponse } from 'node:http'
import type { Batch, PooledBytes } from '@sluice/core'
import { ChunkList } from '../bytes/chunk-list.ts'
import { concatBytes, totalLength } from '../bytes/concat.ts'
import type { ResponseHead } from './response-head.ts'

/** The bytes that wait to be written to a response, and their one write. */
export class WriteQueue {
  readonly #res: ServerResponse
  readonly #head: ResponseHead
  readonly #pending = new ChunkList()
  /** Where the first of the pending bytes stand in memory that is lent. */
  #loan: PooledBytes | undefined
  #length = 0

  constructor(res: ServerResponse, head: ResponseHead) {
    this.#res = res
    this.#head = head
  }

  /** In bytes; of events only. */
  get length(): number {
    return this.#length
  }

  get isEmpty(): boolean {
    return this.#pending.isEmpty && this.#loan === undefined
  }

  /**
   * Whether a write is Node's own: others may keep what they are given, so that lent memory is not
   * for them, and need not say when it was taken.
   */
  get ownsWrite(): boolean {
    const own = OutgoingMessage.prototype
    return this.#res.write === own.write && this.#res.end === own.end
  }

  push(bytes: Uint8Array): void {
    this.#pending.push(bytes)
  }

  pushBatch(batch: Batch, length: number): void {
    const isFirst = this.isEmpty
    this.#length += length
    if (isFirst && this.ownsWrite) this.#loan = batch.borrowBytes?.()
    if (!isFirst || this.#loan === undefined) this.#pending.push(batch.bytes)
  }

  /** Writes all at once. Says whether the client can take more. */
  write(onTaken: (() => void) | undefined): boolean {
    const loan = this.#loan
    const pending = this.#pending.take()
    this.#loan = undefined
    this.#length = 0
    this.#head.write()
    if (loan === undefined) return this.#res.write(concatBytes(pending), onTaken)
    if (pending.length === 0 || loan.append(concatBytes(pending))) {
      return this.#res.write(loan.bytes, () => {
        loan.release()
        onTaken?.()
      })
    }
    const bytes = concatBytes([loan.bytes, ...pending])
    loan.release()
    return this.#res.write(bytes, onTaken)
  }

  /** Writes all and ends the response; with its length where nothing has left before. */
  end(): void {
    const loan = this.#loan
    const pending = this.#pending.take()
    if (loan === undefined || (pending.length > 0 && !loan.append(concatBytes(pending)))) {
      const bytes = loan === undefined ? pending : [loan.bytes, ...pending]
      this.#head.write(totalLength(bytes))
      this.#res.end(bytes.length === 0 ? undefined : concatBytes(bytes))
    } else {
      this.#loan = undefined
      this.#head.write(loan.bytes.length)
      this.#res.end(loan.bytes, () => loan.release())
    }
  }

  /** Gives lent memory back. */
  release(): void {
    this.#loan?.release()
    this.#loan = undefined
  }
}
