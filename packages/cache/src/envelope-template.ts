import { scanMembers } from '@sluice/core'
import { CREATED_LENGTH, ID_END_LENGTH, type Stamp } from './stamp.ts'

const MAX_SLICE_BYTES = 64 * 1024
const PLAIN_ID = new RegExp(`^"[^\\\\]*[\\w-]{${ID_END_LENGTH}}"$`)

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
    this.#bytes = bytes
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
    const start = frames[0]!
    let id: readonly [number, number] | undefined
    let created: readonly [number, number] | undefined
    scanMembers(bytes, start + head.length, (keyStart, keyEnd, valueStart, valueEnd) => {
      if (keyEnd - keyStart === 2 && latin1(bytes, keyStart, keyEnd) === 'id') id = [valueStart, valueEnd]
      else if (keyEnd - keyStart === 7 && latin1(bytes, keyStart, keyEnd) === 'created')
        created = [valueStart, valueEnd]
    })
    if (id === undefined || created === undefined) return undefined
    // An escape in front of the part written over could reach into it.
    if (!PLAIN_ID.test(latin1(bytes, id[0], id[1]))) return undefined
    const idEndAt = id[1] - 1 - ID_END_LENGTH
    if (created[1] - created[0] !== CREATED_LENGTH || !/^\d+$/.test(latin1(bytes, created[0], created[1])))
      return undefined
    const sharedLength = Math.max(id[1], created[1]) - start
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let index = 1; index < frames.length - 1; index++) {
      const at = frames[index]!
      if (all.compare(all, start, start + sharedLength, at, at + sharedLength) !== 0) return undefined
    }
    return new EnvelopeTemplate(bytes, frames, idEndAt - start, created[0] - start)
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

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}
