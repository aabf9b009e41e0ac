import { seededRandom } from './seeded-random.ts'

/** Bytes in pieces of `size`. */
export function splitEvery(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}

/** Bytes in pieces of 1 to `largest`, the same for the same seed. */
export function splitAtRandom(bytes: Uint8Array, seed: number, largest = 64): Uint8Array[] {
  const random = seededRandom(seed)
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random() * largest)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

/**
 * The events of an SSE body, each with the blank line that ends it; what follows the last blank
 * line is a piece too.
 */
export function splitAtEvents(bytes: Uint8Array): Uint8Array[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const pieces: Uint8Array[] = []
  let from = 0
  for (const { index, 0: blank } of text.matchAll(/\r\n\r\n|\n\n|\r\r/g)) {
    pieces.push(bytes.subarray(from, index + blank.length))
    from = index + blank.length
  }
  if (from < bytes.length) pieces.push(bytes.subarray(from))
  return pieces
}
