import type { BurstMatcher } from './burst-matcher.ts'
import type { ChunkTemplate } from './chunk-template.ts'
import { allocate } from './join.ts'
import { GatheredTurn, type Slab, type TurnBuffers } from './turn-buffers.ts'

const NOTHING = new Uint8Array(0)

/** The events of one shape that stand side by side, from `start` to `end`, in what a turn brought. */
export class LikeEvents {
  readonly #template: ChunkTemplate
  readonly #source: Uint8Array | GatheredTurn
  readonly #start: number
  readonly #end: number

  constructor(template: ChunkTemplate, source: Uint8Array | GatheredTurn, start: number, end: number) {
    this.#template = template
    this.#source = source
    this.#start = start
    this.#end = end
  }

  /** Their frames, of `length` bytes together. */
  rewritten(length: number): Uint8Array {
    const source = this.#source
    const bytes =
      source instanceof GatheredTurn ? source.copy(this.#start, this.#end) : source.subarray(this.#start, this.#end)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const frames = allocate(length)
    for (let at = 0, to = 0; at < bytes.length;) {
      const next = this.#template.match(view, bytes, at)
      to = this.#template.write(bytes, frames, to)
      at = next
    }
    return frames
  }
}

/**
 * Frames of our own, written behind one another. Where a turn brings many they stand in memory that is used again, until `close`; else they share a buffer
 * that is not written over once it is handed out.
 */
export class FrameBuffer {
  readonly #buffers: TurnBuffers | undefined
  readonly #onFlush: (frames: Uint8Array) => void
  #bytes: Uint8Array = NOTHING
  #start = 0
  #end = 0
  #slab: Slab | undefined
  /** What all frames in the slab came from, if that is known. */
  #origin: LikeEvents | undefined
  #turn: GatheredTurn | undefined

  /** `onFlush` gets what was written where it cannot be taken as a turn. */
  constructor(buffers: TurnBuffers | undefined, onFlush: (frames: Uint8Array) => void) {
    this.#buffers = buffers
    this.#onFlush = onFlush
  }

  /** Whether what is flushed stands in memory that is used again. */
  get isBorrowed(): boolean {
    return this.#slab !== undefined
  }

  /** Writes the event from `at` to `end` that was matched last. `mayBorrow` says that all will have been handed on when the turn is over. */
  add(template: ChunkTemplate, source: Uint8Array, at: number, end: number, mayBorrow: boolean): void {
    const length = template.frameLength
    // Room for the rest of the turn, as far as its events are like this one: each may grow by the same, and the fewest bytes that one can have are known.
    const rest = source.length - at
    const growth = Math.max(0, length - (end - at))
    this.#makeRoom(rest + growth * Math.ceil(rest / template.fixedLength), mayBorrow)
    this.#end = template.write(source, this.#bytes, this.#end)
  }

  /** Writes the events from `at` on that a matcher expects. Gives the offset behind them. */
  addBurst(burst: BurstMatcher, at: number): number {
    for (let last = at; ;) {
      const next = burst.rewrite(last)
      if (next === last) return last
      const { written } = burst
      this.#makeRoom(written.length, false)
      this.#bytes.set(written, this.#end)
      this.#end += written.length
      last = next
    }
  }

  #makeRoom(length: number, mayBorrow: boolean): void {
    if (this.#end + length <= this.#bytes.length) return
    this.flush()
    const slab = mayBorrow && this.#slab === undefined ? this.#buffers?.take(length) : undefined
    this.#slab ??= slab
    this.#bytes = slab?.bytes ?? allocate(length)
    this.#start = 0
    this.#end = 0
  }

  /** Says what the frames came from that were written since the turn began: where it was called once, they can be taken as a turn. */
  cameFrom(events: LikeEvents, isFirst: boolean): void {
    if (this.#slab !== undefined) this.#origin = isFirst ? events : undefined
  }

  /** Gives away what has been written since the last time. */
  flush(): void {
    if (this.#start < this.#end) this.#onFlush(this.#bytes.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  /** All that was written in this turn, to be lent, where it can be made again. For who has been given nothing by `flush`. */
  takeTurn(): GatheredTurn | undefined {
    const origin = this.#origin
    if (origin === undefined) return undefined
    const length = this.#end
    this.#start = length
    return (this.#turn = new GatheredTurn(this.#slab!, length, () => origin.rewritten(length)))
  }

  /** What was taken has been handed on. */
  close(): void {
    if (this.#slab === undefined) return
    if (this.#turn === undefined) this.#slab.giveBack()
    else this.#turn.close()
    this.#turn = undefined
    this.#slab = undefined
    this.#origin = undefined
    this.#bytes = NOTHING
    this.#start = 0
    this.#end = 0
  }
}
