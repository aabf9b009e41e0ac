import type { EventTemplate } from '../template/event-template.ts'
import { FrameWriter } from '../batch/frame-writer.ts'
import { concatBytes } from '../bytes/concat.ts'
import { PooledSlice, type PooledChunk, type BufferPool } from '../bytes/buffer-pool.ts'

const NOTHING = new Uint8Array(0)
const NOTHING_VIEW = new DataView(NOTHING.buffer)

/**
 * Gathers what of one turn is to be handed on, in its order: runs of events that leave in the bytes
 * they came in, and frames of our own. Events that stand side by side leave as one run, without a
 * copy.
 */
export class DecoderOutput {
  readonly #buffers: BufferPool | undefined
  /** Most streams go on as they came, and have none. */
  #frames: FrameWriter | undefined
  #turn: PooledChunk | undefined
  #segments: Uint8Array[] = []
  #runStart = -1
  #runEnd = -1
  #bytes: Uint8Array = NOTHING
  #view: DataView = NOTHING_VIEW

  constructor(buffers: BufferPool | undefined) {
    this.#buffers = buffers
  }

  /** The bytes that runs are parts of. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  get view(): DataView {
    return this.#view
  }

  /** Puts the pieces of a turn together, in memory that is used again where there is such. */
  gather(pieces: readonly Uint8Array[], length: number): Uint8Array {
    this.#turn = this.#buffers?.gather(pieces, length)
    return this.#turn?.bytes ?? concatBytes(pieces)
  }

  /** Says what bytes runs are parts of from here on. */
  look(bytes: Uint8Array): void {
    if (bytes === this.#bytes) return
    this.#flushRun()
    this.#bytes = bytes
    this.#view =
      this.#turn?.bytes === bytes
        ? this.#turn.view
        : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Adds an event that leaves as it came, or several side by side. */
  pass(bytes: Uint8Array, start: number, end: number): void {
    this.look(bytes)
    this.#frames?.flush()
    if (this.#runEnd !== start) {
      this.#flushRun()
      this.#runStart = start
    }
    this.#runEnd = end
  }

  /** Adds a part of some bytes, as a run where it stands in those of this turn. */
  passPart(part: Uint8Array, copy: (part: Uint8Array) => Uint8Array): void {
    const start = part.byteOffset - this.#bytes.byteOffset
    if (part.buffer !== this.#bytes.buffer || start + part.length > this.#bytes.length)
      this.write([copy(part)])
    else this.pass(this.#bytes, start, start + part.length)
  }

  /** Adds frames of our own; `rest` is what of the turn is still to come. */
  write(frames: readonly Uint8Array[], rest = 0): void {
    if (frames.length === 0) return
    this.#flushRun()
    for (const frame of frames) this.#ownFrames().add(frame, rest)
  }

  /**
   * Returns where frames are written that are made of events; what they were made of is told to
   * `cameFrom`.
   */
  rewriting(): FrameWriter {
    this.#flushRun()
    return this.#ownFrames()
  }

  /** Says of which events, all of one shape, frames were made. */
  cameFrom(template: EventTemplate, bytes: Uint8Array, start: number, end: number): void {
    this.#frames?.cameFrom(template, bytes === this.#turn?.bytes ? this.#turn : bytes, start, end)
  }

  /** Keeps what there is for a later turn, for as long as nothing may leave. */
  hold(): void {
    this.#flushRun()
    this.#frames?.flush()
    // What waits for the next turn may not stand where that one writes.
    if (this.#frames?.isBorrowed === true)
      this.#segments = this.#segments.map((segment) => segment.slice())
  }

  /** Returns all that there is to hand on, in one place. */
  take(): Uint8Array | PooledSlice | undefined {
    const segments = this.#segments
    if (this.#runEnd >= 0 && segments.length === 0) return this.#takeRun()
    this.#flushRun()
    const written = segments.length === 0 ? this.#frames?.takeTurn() : undefined
    if (written !== undefined) return new PooledSlice(written, 0, written.bytes.length)
    this.#frames?.flush()
    if (segments.length === 0) return undefined
    this.#segments = []
    // A copy, where anything stands in memory that is used again: that is never flushed but for
    // what comes behind it.
    return concatBytes(segments)
  }

  /** Says that what was taken has been handed on: its memory is used again, unless it was lent. */
  close(): void {
    this.#turn?.close()
    this.#turn = undefined
    this.#frames?.close()
    // A stream that waits for its next token keeps nothing of the last one.
    this.#bytes = NOTHING
    this.#view = NOTHING_VIEW
  }

  #ownFrames(): FrameWriter {
    return (this.#frames ??= new FrameWriter(this.#buffers, (frames) =>
      this.#segments.push(frames),
    ))
  }

  #flushRun(): void {
    if (this.#runEnd < 0) return
    const run = this.#takeRun()
    // A gathered turn's memory is used again; what is to stay is copied out of it.
    this.#segments.push(run instanceof PooledSlice ? run.turn.copy(run.start, run.end) : run)
  }

  #takeRun(): Uint8Array | PooledSlice {
    const bytes = this.#bytes
    const start = this.#runStart
    const end = this.#runEnd
    this.#runStart = -1
    this.#runEnd = -1
    // Not all that a turn brought stands in its memory: the rest of a long event stands behind its
    // beginning.
    if (bytes === this.#turn?.bytes) return new PooledSlice(this.#turn, start, end)
    return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
  }
}
