const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Where the string behind a key begins, in JSON that holds the key's name once; -1 where it holds it more often. A quote in a string would be escaped,
 * so what looks like a key is one.
 */
export function onlyStringNamed(json: string, name: string): number {
  const at = json.indexOf(`"${name}"`)
  const start = at + name.length + 4
  return json.startsWith(':"', start - 2) && json.indexOf(`"${name}"`, start) < 0 ? start : -1
}

/** The offset of the quote that closes the JSON string whose content begins at `at`; -1 where the content is not valid or not complete. */
export function stringClose(bytes: Uint8Array, at: number): number {
  const length = bytes.length
  for (let position = at; position < length; position++) {
    const byte = bytes[position]!
    if (byte === QUOTE) return position
    if (byte < 0x20) return -1
    if (byte !== BACKSLASH) continue
    const escaped = bytes[++position]
    if (escaped === 0x75) {
      for (let digit = 1; digit <= 4; digit++) if (!isHex(bytes[position + digit])) return -1
      position += 4
    } else if (escaped === undefined || !ESCAPABLE.has(escaped)) return -1
  }
  return -1
}

const ESCAPABLE: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (character) => character.charCodeAt(0)))

function isHex(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66))
  )
}
