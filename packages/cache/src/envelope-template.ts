import { scanMembers } from '@sluice/core'
import { CREATED_LENGTH, ID_END_LENGTH, type Stamp } from './stamp.ts'

const MAX_SLICE_BYTES = 64 * 1024
const MAX_ID_LENGTH = 256
// No escapes: one in front of the part written over could reach into it.
const PLAIN_ID = new RegExp(`^"[^\\\\]*[\\w-]{${ID_END_LENGTH}}"$`)
const TEN_DIGITS = new RegExp(`^\\d{${CREATED_LENGTH}}$`)

interface Place {
  readonly start: number
  readonly end: number
}

/**
 * An answer's bytes with the places known at which its `id` and `created` stand. A replay is then one copy and a few bytes written over at each
 * event: microseconds for hundreds of events, where writing them anew would take hundreds of times as long.
 */
export class EnvelopeTemplate {
  readonly #bytes: Uint8Array
  /** Where the frames begin, and the end of the last. */
  readonly #frames: readonly number[]
  readonly #idEndAt: number
  readonly #createdAt: number
  /** Indexes into `#frames` at which slices begin, and the end of the last. */
  readonly #slices: readonly number[]

  private constructor(bytes: Uint8Array, frames: readonly number[], idEndAt: number, createdAt: number) {
    // A Buffer's `slice` does not copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#frames = frames
    this.#idEndAt = idEndAt
    this.#createdAt = createdAt
    this.#slices = slice(frames)
  }

  /**
   * Reads a template off `bytes`, whose frames begin at `frames` (its last element is the end) with `head`, then a JSON object. Gives `undefined` where
   * the frames do not share one id and time in one place, or where these cannot be written over by others of the same length.
   */
  static read(bytes: Uint8Array, frames: readonly number[], head: string): EnvelopeTemplate | undefined {
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
      if (all.compare(all, start, start + sharedLength, at, at + sharedLength) !== 0) return undefined
    }
    return new EnvelopeTemplate(all, frames, id.end - 1 - ID_END_LENGTH - start, created.start - start)
  }

  /** In how many pieces of whole frames, 64 KiB or one frame each, the answer is to be handed out, so that a slow reader does not hold a copy of all of it. */
  get sliceCount(): number {
    return this.#slices.length - 1
  }

  /** A fresh copy of one slice. */
  stamped(stamp: Stamp, sliceIndex = 0): Uint8Array {
    const first = this.#slices[sliceIndex]!
    const last = this.#slices[sliceIndex + 1]!
    const offset = this.#frames[first]!
    const copy = this.#bytes.slice(offset, this.#frames[last])
    // In words of four bytes: this runs for every event, and byte by byte costs four times as much.
    const target = new DataView(copy.buffer)
    const { idEnd, created } = stamp
    const [id0, id4, id8] = [idEnd.getInt32(0), idEnd.getInt32(4), idEnd.getInt32(8)]
    const [created0, created4, created8] = [created.getInt32(0), created.getInt32(4), created.getInt16(8)]
    for (let index = first; index < last; index++) {
      const frame = this.#frames[index]! - offset
      const idAt = frame + this.#idEndAt
      target.setInt32(idAt, id0)
      target.setInt32(idAt + 4, id4)
      target.setInt32(idAt + 8, id8)
      const createdAt = frame + this.#createdAt
      target.setInt32(createdAt, created0)
      target.setInt32(createdAt + 4, created4)
      target.setInt16(createdAt + 8, created8)
    }
    return copy
  }
}

function slice(frames: readonly number[]): number[] {
  const slices = [0]
  let start = frames[0]!
  for (let index = 1; index < frames.length - 1; index++) {
    if (frames[index + 1]! - start <= MAX_SLICE_BYTES) continue
    slices.push(index)
    start = frames[index]!
  }
  slices.push(frames.length - 1)
  return slices
}

function stands(bytes: Buffer, { start, end }: Place, pattern: RegExp): boolean {
  return end - start <= MAX_ID_LENGTH && pattern.test(bytes.toString('latin1', start, end))
}
