import type { Loan } from '@sluice/core'
import { copyInto, join } from './join.ts'

/** Below this a fresh array costs no more than one that is used again. */
const SMALLEST = 4096
const SIZES: readonly number[] = [8, 16, 32, 64, 128].map((kibibytes) => kibibytes * 1024)
/** Kept for each size; a turn needs one for the moment until its bytes are handed to the kernel. */
const MAX_IDLE = 8

const NOTHING = new Uint8Array(0)
const NOTHING_VIEW = new DataView(NOTHING.buffer)

/** A piece of memory, and the same as numbers. */
interface Slab {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/**
 * Memory in which the pieces of a turn are put together, used again and again. Fresh memory would cost more than all other work on a burst of
 * tokens: each page of it has to be given by the kernel first, and as it is not in the heap it wakes full collections long before the heap is full.
 */
export class TurnBuffers {
  readonly #idle: readonly Slab[][] = SIZES.map(() => [])

  /** Puts pieces together, of `length` bytes in all; `undefined` where they are too few or too many for it to pay. */
  gather(pieces: readonly Uint8Array[], length: number): GatheredTurn | undefined {
    if (length < SMALLEST) return undefined
    const size = SIZES.findIndex((one) => one >= length)
    if (size < 0) return undefined
    const slab = this.#idle[size]!.pop() ?? makeSlab(SIZES[size]!)
    copyInto(slab.bytes, pieces)
    const idle = this.#idle[size]!
    return new GatheredTurn(slab, length, pieces, () => {
      if (idle.length < MAX_IDLE) idle.push(slab)
    })
  }
}

function makeSlab(size: number): Slab {
  const bytes = new Uint8Array(size)
  return { bytes, view: new DataView(bytes.buffer) }
}

/**
 * What one turn brought, in one place for as long as it is being handed on. Afterwards the memory belongs to whom it was lent, until that one gives it
 * back; then what is still wanted is put together again from the pieces.
 */
export class GatheredTurn {
  /** All of it, for reading now. */
  bytes: Uint8Array
  view: DataView
  readonly #pieces: readonly Uint8Array[]
  readonly #giveBack: () => void
  /** Absent once the turn is over. */
  #slab: Slab | undefined
  #isLent = false

  constructor(slab: Slab, length: number, pieces: readonly Uint8Array[], giveBack: () => void) {
    this.#slab = slab
    this.#pieces = pieces
    this.#giveBack = giveBack
    this.bytes = slab.bytes.subarray(0, length)
    this.view = slab.view
  }

  /** The bytes from `start` to `end`, for reading now. */
  peek(start: number, end: number): Uint8Array {
    return this.#slab === undefined ? this.copy(start, end) : this.bytes.subarray(start, end)
  }

  /** The same, for keeping. */
  copy(start: number, end: number): Uint8Array {
    return this.#slab === undefined ? join(this.#pieces).subarray(start, end) : this.bytes.slice(start, end)
  }

  /** The same, for writing; `undefined` where they are lent already, or the turn is over. */
  lend(start: number, end: number): Loan | undefined {
    const slab = this.#slab
    if (slab === undefined || this.#isLent) return undefined
    this.#isLent = true
    return new LentBytes(slab.bytes, start, end, () => {
      this.#forget()
      this.#giveBack()
    })
  }

  /** The turn has been handed on. */
  close(): void {
    if (this.#slab === undefined) return
    this.#forget()
    if (!this.#isLent) this.#giveBack()
  }

  /** Whoever keeps a batch shall not keep its turn's memory. */
  #forget(): void {
    this.#slab = undefined
    this.bytes = NOTHING
    this.view = NOTHING_VIEW
  }
}

class LentBytes implements Loan {
  readonly #memory: Uint8Array
  readonly #start: number
  #end: number
  #giveBack: (() => void) | undefined

  constructor(memory: Uint8Array, start: number, end: number, giveBack: () => void) {
    this.#memory = memory
    this.#start = start
    this.#end = end
    this.#giveBack = giveBack
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(this.#start, this.#end)
  }

  append(more: Uint8Array): boolean {
    if (this.#end + more.length > this.#memory.length) return false
    this.#memory.set(more, this.#end)
    this.#end += more.length
    return true
  }

  release(): void {
    const giveBack = this.#giveBack
    this.#giveBack = undefined
    giveBack?.()
  }
}
