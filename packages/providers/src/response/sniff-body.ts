import type { ResponseHead } from './response-context.ts'

/** Tells what a body is by its first bytes, whatever its media type says. */
export function sniffBody(first: Uint8Array): ResponseHead['looksLike'] {
  for (let at = first[0] === 0xef ? 3 : 0; at < first.length; at++) {
    const byte = first[at]!
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue
    if (byte === 0x7b || byte === 0x5b) return 'json'
    return byte === 0x3c ? 'html' : 'events'
  }
  return 'empty'
}
