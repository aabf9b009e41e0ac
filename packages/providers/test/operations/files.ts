import type { UploadedFile } from '@sluice/core/wire'

/** A file of a form, in pieces of 5 bytes, that can be read again and again. */
export function uploaded(
  bytes: Uint8Array | string,
  filename = 'a.wav',
  contentType = 'audio/wav',
): UploadedFile {
  const all = Buffer.from(bytes as string)
  return {
    filename,
    contentType,
    size: all.length,
    async *open() {
      for (let at = 0; at < all.length; at += 5) yield all.subarray(at, at + 5)
    },
  }
}
