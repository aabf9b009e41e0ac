import type { PooledBytes } from '@sluice/core'
import { scanMembers } from '@sluice/core/internal'
import type { BufferPool } from '@sluice/sse-stream/internal'
import { CREATED_LENGTH, ID_END_LENGTH, type ReplayIdentity } from './replay-identity.ts'

const MAX_SLICE_BYTES = 64 * 1024
const MAX_ID_LENGTH = 256
/** For the usage event and the end, which leave in the same write. */
const ROOM_BEHIND = 512
// No escapes: one in front of the part written over could reach into it.
const PLAIN_ID = new RegExp(`^"[^\\\\]*[\\w-]{${ID_END_LENGTH}}"$`)
const TEN_DIGITS = new RegExp(`^\\d{${CREATED_LENGTH}}$`)

interface Place {
  readonly start: number
  readonly end: number
}

/** A run of whole frames that is handed out at once. */
interface Slice {
  readonly bytes: Uint8Array
  /** Where its frames begin. */
  readonly frames: readonly number[]
}

/**
 * An answer's bytes with the places known at which its `id` and `created` stand. A replay is then
 * one copy and a few bytes written over at each event: microseconds for hundreds of events, where
 * writing them anew would take hundreds of times as long.
 */
export class EnvelopeTemplate {
  readonly #slices: readonly Slice[]
  readonly #idEndAt: number
  readonly #createdAt: number

  private constructor(slices: readonly Slice[], idEndAt: number, createdAt: number) {
    this.#slices = slices
    this.#idEndAt = idEndAt
    this.#createdAt = createdAt
  }

  /**
   * Reads a template off `bytes`, whose frames begin at `frames` (its last element is the end) with
   * `head`, then a JSON object. Gives `undefined` where the frames do not share one id and time in
   * one place, or where these cannot be written over by others of the same length.
   */
  static read(
    bytes: Uint8Array,
    frames: readonly number[],
    head: string,
  ): EnvelopeTemplate | undefined {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const start = frames[0]!
    const found = new Map<string, Place>()
    scanMembers(bytes, start + head.length, (keyStart, keyEnd, valueStart, valueEnd) => {
      const key = all.toString('latin1', keyStart, keyEnd)
      if (key === 'id' || key === 'created') found.set(key, { start: valueStart, end: valueEnd })
    })
    const [id, created] = [found.get('id'), found.get('created')]
    if (id === undefined || created === undefined) return undefined
    if (!stands(all, id, PLAIN_ID) || !stands(all, created, TEN_DIGITS)) return undefined
    const sharedLength = Math.max(id.end, created.end) - start
    for (let index = 1; index < frames.length - 1; index++) {
      const at = frames[index]!
      if (all.compare(all, start, start + sharedLength, at, at + sharedLength) !== 0)
        return undefined
    }
    return new EnvelopeTemplate(
      slicesOf(all, frames),
      id.end - 1 - ID_END_LENGTH - start,
      created.start - start,
    )
  }

  /**
   * In how many pieces of whole frames, 64 KiB or one frame each, the answer is to be handed out,
   * so that a slow reader does not hold a copy of all of it.
   */
  get sliceCount(): number {
    return this.#slices.length
  }

  /** How long one slice is. */
  lengthOf(sliceIndex: number): number {
    return this.#slices[sliceIndex]!.bytes.length
  }

  /** A fresh copy of one slice. */
  stamped(identity: ReplayIdentity, sliceIndex = 0): Uint8Array {
    const { bytes, frames } = this.#slices[sliceIndex]!
    // Neither cleared first, nor, where it is small, an allocation of its own.
    const copy = Buffer.allocUnsafe(bytes.length)
    copy.set(bytes)
    this.#stamp(frames, copy, identity)
    return copy
  }

  /**
   * One slice in memory that is used again; `undefined` where it is too short or too long for that
   * to pay.
   */
  lent(identity: ReplayIdentity, sliceIndex: number, buffers: BufferPool): PooledBytes | undefined {
    const { bytes, frames } = this.#slices[sliceIndex]!
    const turn = buffers.gather([bytes], bytes.length + ROOM_BEHIND)
    if (turn === undefined) return undefined
    this.#stamp(frames, turn.bytes, identity)
    return turn.lend(0, bytes.length)
  }

  #stamp(frames: readonly number[], bytes: Uint8Array, { idEnd, created }: ReplayIdentity): void {
    for (const frame of frames) {
      bytes.set(idEnd, frame + this.#idEndAt)
      bytes.set(created, frame + this.#createdAt)
    }
  }
}

function slicesOf(bytes: Uint8Array, frames: readonly number[]): Slice[] {
  const slices: Slice[] = []
  let first = 0
  for (let end = 1; end < frames.length; end++) {
    const start = frames[first]!
    if (end < frames.length - 1 && frames[end + 1]! - start <= MAX_SLICE_BYTES) continue
    slices.push({
      bytes: bytes.subarray(start, frames[end]),
      frames: frames.slice(first, end).map((at) => at - start),
    })
    first = end
  }
  return slices
}

function stands(bytes: Buffer, { start, end }: Place, pattern: RegExp): boolean {
  return end - start <= MAX_ID_LENGTH && pattern.test(bytes.toString('latin1', start, end))
}
