const { Buffer: buffers } = globalThis as { Buffer?: { allocUnsafe(length: number): Uint8Array } }

/**
 * Memory that is going to be filled. Where there are Buffers, they come without being cleared
 * first, and small ones without an allocation of their own.
 */
export function allocate(length: number): Uint8Array {
  return buffers?.allocUnsafe(length) ?? new Uint8Array(length)
}

/** One array of several, without a copy where it is one already. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const whole = allocate(totalLength(parts))
  copyInto(whole, parts)
  return whole
}

/** How long several arrays are together. */
export function totalLength(parts: readonly Uint8Array[]): number {
  let length = 0
  for (let index = 0; index < parts.length; index++) length += parts[index]!.length
  return length
}

/** Puts several arrays into one, from its beginning. */
export function copyInto(whole: Uint8Array, parts: readonly Uint8Array[]): void {
  let at = 0
  // By number: an iterator costs a young process as much as the copying.
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!
    whole.set(part, at)
    at += part.length
  }
}
