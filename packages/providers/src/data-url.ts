/** The parts of a `data:` URL (RFC 2397). */
export interface DataUrl {
  /** Lower case, without parameters; `text/plain` where none is said. */
  readonly mediaType: string
  /** Base64 without blanks. */
  readonly base64: string
}

const HEAD = /^data:([^;,]*)((?:;[^;,]*)*),/i

/** Reads a `data:` URL; what is percent-encoded comes out as base64 too. `undefined` for any other URL, or where the encoding is broken. */
export function parseDataUrl(url: string): DataUrl | undefined {
  // Only the head is matched: a pattern over megabytes of base64 would take its time and its memory.
  const head = HEAD.exec(url.slice(0, 512))
  if (head === null) return undefined
  const mediaType = head[1]!.trim().toLowerCase()
  const data = url.slice(head[0].length)
  return {
    mediaType: mediaType === '' ? 'text/plain' : mediaType,
    base64: /;\s*base64\s*(;|$)/i.test(head[2]!) ? withoutBlanks(data) : percentDecoded(data),
  }
}

/** A `data:` URL that carries base64. */
export function formatDataUrl({ mediaType, base64 }: DataUrl): string {
  return `data:${mediaType};base64,${base64}`
}

function withoutBlanks(data: string): string {
  const plain = data.includes('%') ? data.replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=') : data
  return /\s/.test(plain) ? plain.replace(/\s+/g, '') : plain
}

function percentDecoded(data: string): string {
  try {
    return Buffer.from(decodeURIComponent(data)).toString('base64')
  } catch {
    return Buffer.from(data).toString('base64')
  }
}
