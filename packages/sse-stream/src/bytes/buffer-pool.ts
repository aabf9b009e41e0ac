import type { PooledBytes } from '@sluice/core'
import { copyInto, concatBytes } from './concat.ts'

/** Below this a fresh array costs no more than one that is used again. */
const SMALLEST = 4096
const SIZES: readonly number[] = [8, 16, 32, 64, 128].map((kibibytes) => kibibytes * 1024)
/** Kept for each size; a turn needs one for the moment until its bytes are handed to the kernel. */
const MAX_IDLE = 16

const NOTHING = new Uint8Array(0)
const NOTHING_VIEW = new DataView(NOTHING.buffer)

/** A piece of memory, and the same as numbers. Whoever has it gives it back once. */
export class PooledBuffer {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly #idle: PooledBuffer[]

  constructor(size: number, idle: PooledBuffer[]) {
    this.bytes = new Uint8Array(size)
    this.view = new DataView(this.bytes.buffer)
    this.#idle = idle
  }

  giveBack(): void {
    if (this.#idle.length < MAX_IDLE) this.#idle.push(this)
  }
}

/**
 * Memory in which the pieces of a turn are put together, or what becomes of them is written, used
 * again and again. Fresh memory would cost more than all other work on a burst of tokens: each page
 * of it has to be given by the kernel first, and as it is not in the heap it wakes full collections
 * long before the heap is full.
 */
export class BufferPool {
  readonly #idle: readonly PooledBuffer[][] = SIZES.map(() => [])

  /**
   * Puts pieces together, of `length` bytes in all; `undefined` where they are too few or too many
   * for it to pay.
   */
  gather(pieces: readonly Uint8Array[], length: number): PooledChunk | undefined {
    const slab = this.take(length)
    if (slab === undefined) return undefined
    copyInto(slab.bytes, pieces)
    return new PooledChunk(slab, length, () => concatBytes(pieces))
  }

  /**
   * Memory for at least `length` bytes; `undefined` where that is too little or too much for it to
   * pay.
   */
  take(length: number): PooledBuffer | undefined {
    if (length < SMALLEST) return undefined
    let size = 0
    while (size < SIZES.length && SIZES[size]! < length) size++
    const idle = this.#idle[size]
    return idle === undefined ? undefined : (idle.pop() ?? new PooledBuffer(SIZES[size]!, idle))
  }
}

/**
 * What one turn brought, or what became of it, in one place for as long as it is being handed on.
 * Afterwards the memory belongs to whom it was lent, until that one gives it back; then what is
 * still wanted is made again.
 */
export class PooledChunk {
  /** All of it, for reading now. */
  bytes: Uint8Array
  view: DataView
  readonly #again: () => Uint8Array
  /** Absent once the turn is over. */
  #slab: PooledBuffer | undefined
  #isLent = false

  /** `again` makes the same bytes once more, from what nobody writes over. */
  constructor(slab: PooledBuffer, length: number, again: () => Uint8Array) {
    this.#slab = slab
    this.#again = again
    this.bytes = slab.bytes.subarray(0, length)
    this.view = slab.view
  }

  /** The bytes from `start` to `end`, for reading now. */
  peek(start: number, end: number): Uint8Array {
    return this.#slab === undefined ? this.copy(start, end) : this.bytes.subarray(start, end)
  }

  /** The same, for keeping. */
  copy(start: number, end: number): Uint8Array {
    return this.#slab === undefined
      ? this.#again().subarray(start, end)
      : this.bytes.slice(start, end)
  }

  /** The same, for writing; `undefined` where they are lent already, or the turn is over. */
  lend(start: number, end: number): PooledBytes | undefined {
    const slab = this.#slab
    if (slab === undefined || this.#isLent) return undefined
    this.#isLent = true
    return new BorrowedBytes(this, slab, start, end)
  }

  /** The turn has been handed on. */
  close(): void {
    const slab = this.#slab
    if (slab === undefined) return
    this.forget()
    if (!this.#isLent) slab.giveBack()
  }

  /** Whoever keeps a batch shall not keep its turn's memory. */
  forget(): void {
    this.#slab = undefined
    this.bytes = NOTHING
    this.view = NOTHING_VIEW
  }
}

/** The part of a turn that one batch stands in. */
export class PooledSlice {
  readonly turn: PooledChunk
  readonly start: number
  readonly end: number

  constructor(turn: PooledChunk, start: number, end: number) {
    this.turn = turn
    this.start = start
    this.end = end
  }
}

class BorrowedBytes implements PooledBytes {
  readonly #turn: PooledChunk
  readonly #start: number
  #end: number
  #slab: PooledBuffer | undefined
  readonly #memory: Uint8Array

  constructor(turn: PooledChunk, slab: PooledBuffer, start: number, end: number) {
    this.#turn = turn
    this.#slab = slab
    this.#memory = slab.bytes
    this.#start = start
    this.#end = end
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
    const slab = this.#slab
    if (slab === undefined) return
    this.#slab = undefined
    this.#turn.forget()
    slab.giveBack()
  }
}
