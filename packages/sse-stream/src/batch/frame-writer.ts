import type { EventTemplate } from '../template/event-template.ts'
import { allocate, concatBytes } from '../bytes/concat.ts'
import { PooledChunk, type PooledBuffer, type BufferPool } from '../bytes/buffer-pool.ts'

const NOTHING = new Uint8Array(0)

/**
 * What frames were made of: the events of one shape that stand side by side, from `start` to `end`,
 * in what a turn brought.
 */
class LikeEvents {
  readonly #template: EventTemplate
  readonly #source: Uint8Array | PooledChunk
  readonly #start: number
  readonly #end: number
  readonly #length: number

  constructor(
    template: EventTemplate,
    source: Uint8Array | PooledChunk,
    start: number,
    end: number,
    length: number,
  ) {
    this.#template = template
    this.#source = source
    this.#start = start
    this.#end = end
    this.#length = length
  }

  /** The same frames once more. */
  frames(): Uint8Array {
    const source = this.#source
    const bytes =
      source instanceof PooledChunk
        ? source.copy(this.#start, this.#end)
        : source.subarray(this.#start, this.#end)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const frames = allocate(this.#length)
    for (let at = 0, to = 0; at < bytes.length;) {
      const next = this.#template.match(view, bytes, at)
      to = this.#template.write(bytes, frames, to)
      at = next
    }
    return frames
  }
}

/**
 * Frames of our own, written behind one another. Where a turn brings many they stand in memory that
 * is used again, until `close`; else they share a buffer that is not written over once it is handed
 * out.
 */
export class FrameWriter {
  readonly #buffers: BufferPool | undefined
  readonly #onFlush: (frames: Uint8Array) => void
  #bytes: Uint8Array = NOTHING
  #start = 0
  #end = 0
  #slab: PooledBuffer | undefined
  /**
   * What the frames in the slab are, or were made of, in their order, and as far as that is told.
   */
  #origins: (LikeEvents | Uint8Array)[] = []
  #told = 0
  #turn: PooledChunk | undefined

  /** `onFlush` gets what was written where it cannot be taken as a turn. */
  constructor(buffers: BufferPool | undefined, onFlush: (frames: Uint8Array) => void) {
    this.#buffers = buffers
    this.#onFlush = onFlush
  }

  /** Whether what is flushed stands in memory that is used again. */
  get isBorrowed(): boolean {
    return this.#slab !== undefined
  }

  /** Puts a frame behind the others; `rest` is what of the turn is still to come. */
  add(frame: Uint8Array, rest: number): void {
    const length = frame.length + rest
    const slab =
      this.#slab === undefined && this.#start === this.#end ? this.#borrow(length) : this.#slab
    if (
      slab === undefined ||
      this.#bytes !== slab.bytes ||
      this.#end + frame.length > this.#bytes.length
    ) {
      this.flush()
      this.#onFlush(frame)
      return
    }
    this.#bytes.set(frame, this.#end)
    this.#end += frame.length
    this.#told = this.#end
    this.#origins.push(frame)
  }

  /** Writes the frame of the event from `at` to `end` that was matched last. */
  rewrite(template: EventTemplate, source: Uint8Array, at: number, end: number): void {
    const length = template.frameLength
    // Room for the rest of the turn, as far as its events are like this one: each may grow by the
    // same, and the fewest bytes that one can have are known.
    const rest = source.length - at
    const growth = Math.max(0, length - (end - at))
    this.#makeRoom(rest + growth * Math.ceil(rest / template.fixedLength))
    this.#end = template.write(source, this.#bytes, this.#end)
  }

  /** Says what the frames were made of that were rewritten since the last time. */
  cameFrom(
    template: EventTemplate,
    source: Uint8Array | PooledChunk,
    start: number,
    end: number,
  ): void {
    if (this.#slab === undefined) return
    this.#origins.push(new LikeEvents(template, source, start, end, this.#end - this.#told))
    this.#told = this.#end
  }

  #makeRoom(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    this.flush()
    if (this.#slab === undefined && this.#borrow(length) !== undefined) return
    this.#use(allocate(length))
  }

  #borrow(length: number): PooledBuffer | undefined {
    this.#slab = this.#buffers?.take(length)
    if (this.#slab !== undefined) this.#use(this.#slab.bytes)
    return this.#slab
  }

  #use(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#start = 0
    this.#end = 0
    this.#told = 0
  }

  /** Gives away what has been written since the last time. */
  flush(): void {
    if (this.#start < this.#end) this.#onFlush(this.#bytes.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  /**
   * All that was written in this turn, to be lent, where it stands in memory that is used again.
   * For who has been given nothing by `flush`.
   */
  takeTurn(): PooledChunk | undefined {
    const slab = this.#slab
    if (slab === undefined) return undefined
    const origins = this.#origins
    const again = () =>
      concatBytes(
        origins.map((origin) => (origin instanceof LikeEvents ? origin.frames() : origin)),
      )
    return (this.#turn = new PooledChunk(slab, this.#end, again))
  }

  /** What was taken has been handed on. */
  close(): void {
    if (this.#slab === undefined) return
    if (this.#turn === undefined) this.#slab.giveBack()
    else this.#turn.close()
    this.#turn = undefined
    this.#slab = undefined
    this.#origins = []
    this.#use(NOTHING)
  }
}
