import { crc32 } from 'node:zlib'

const CHECKSUM_LENGTH = 8

/**
 * The eight hex characters that end a key made by `createKey`. They prove nothing; they tell a
 * typing error from a key.
 */
export function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0')
}

/** Whether a key ends in the checksum of what stands before it. */
export function endsInChecksum(key: string): boolean {
  const at = key.length - CHECKSUM_LENGTH
  return at > 0 && key.slice(at) === checksumOf(key.slice(0, at))
}
