/** The parts of a `data:` URL (RFC 2397). */
export interface DataUrl {
  /** Lower case, without parameters; `text/plain` where none is said. */
  readonly mediaType: string
  /** Base64 without blanks. */
  readonly base64: string
}

const HEAD = /^data:([^;,]*)((?:;[^;,]*)*),/i

/**
 * Reads a `data:` URL; what is percent-encoded comes out as base64 too. Gives `undefined` for any
 * other URL, and for a head of more than 512 characters.
 */
export function parseDataUrl(url: string): DataUrl | undefined {
  // Only the head is matched: a pattern over megabytes would take its time and its memory.
  const head = HEAD.exec(url.slice(0, 512))
  if (head === null) return undefined
  const mediaType = head[1]!.trim().toLowerCase()
  const data = url.slice(head[0].length)
  const isBase64 = /;\s*base64\s*(;|$)/i.test(head[2]!)
  return {
    mediaType: mediaType === '' ? 'text/plain' : mediaType,
    base64: isBase64 ? plainBase64(data) : percentDecoded(data).toString('base64'),
  }
}

/** A `data:` URL that carries base64. */
export function formatDataUrl({ mediaType, base64 }: DataUrl): string {
  return `data:${mediaType};base64,${base64}`
}

/**
 * Base64 as vendors take it: no blanks, no percent-encoding, in the standard's alphabet, padded.
 */
export function plainBase64(data: string): string {
  const encoded = data.includes('%') ? percentDecoded(data).toString('latin1') : data
  // Node skips what is not base64 and knows both alphabets: one pass over the bytes, where a
  // replacement of each blank in a text of megabytes takes a second.
  const isPlain = encoded.length % 4 === 0 && !/[\s_-]/.test(encoded)
  return isPlain ? encoded : Buffer.from(encoded, 'base64').toString('base64')
}

const PERCENT = 0x25

/** The bytes of a percent-encoded text; an escape that is none stays as it is. */
function percentDecoded(text: string): Buffer {
  const bytes = Buffer.from(text)
  let length = 0
  for (let at = 0; at < bytes.length; at++, length++) {
    const byte = bytes[at]!
    const escaped = byte === PERCENT ? hexByte(bytes, at + 1) : -1
    bytes[length] = escaped < 0 ? byte : escaped
    if (escaped >= 0) at += 2
  }
  return bytes.subarray(0, length)
}

function hexByte(bytes: Uint8Array, at: number): number {
  const high = hexDigit(bytes[at])
  const low = hexDigit(bytes[at + 1])
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
