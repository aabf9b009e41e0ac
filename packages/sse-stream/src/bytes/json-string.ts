const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Where the string behind a key begins, in JSON that holds the key's name once; -1 where it holds
 * it more often. A quote in a string would be escaped, so what looks like a key is one.
 */
export function onlyStringNamed(json: string, name: string): number {
  const at = json.indexOf(`"${name}"`)
  const start = at + name.length + 4
  return json.startsWith(':"', start - 2) && json.indexOf(`"${name}"`, start) < 0 ? start : -1
}

/**
 * The offset of the quote that closes the JSON string whose content begins at `at`; -1 where the
 * content is not complete, not valid, or not written as `JSON.stringify` writes it. So a string
 * that is carried over as it stands is the very one that reading and writing it would give. For a
 * long string, a view of the same bytes lets four of them be looked at together.
 */
export function stringClose(bytes: Uint8Array, at: number, view?: DataView): number {
  const length = bytes.length
  for (let position = view === undefined ? at : plainEnd(view, at); position < length; position++) {
    const byte = bytes[position]!
    if (byte === QUOTE) return position
    if (byte < 0x20) return -1
    if (byte === BACKSLASH) position = escapeEnd(bytes, position + 1)
    else if (byte >= 0x80) position = characterEnd(bytes, position)
    else continue
    if (position < 0) return -1
    if (view !== undefined) position = plainEnd(view, position + 1) - 1
  }
  return -1
}

/**
 * The offset of the first four bytes, counted from `at`, of which one may be a quote, a backslash,
 * a control character or not ASCII; near the end, of the last ones.
 */
function plainEnd(view: DataView, at: number): number {
  const last = view.byteLength - 4
  let position = at
  for (; position <= last; position += 4) {
    const word = view.getInt32(position, true)
    const quotes = word ^ 0x22222222
    const slashes = word ^ 0x5c5c5c5c
    // A byte below 0x20 borrows from its highest bit, as one of zero does: each such bit tells of a
    // byte to be looked at.
    const found =
      word |
      (word - 0x20202020) |
      ((quotes - 0x01010101) & ~quotes) |
      ((slashes - 0x01010101) & ~slashes)
    if ((found & 0x80808080) !== 0) break
  }
  return position
}

const SHORT_ESCAPES: ReadonlySet<number | undefined> = new Set(
  Array.from('"\\bfnrt', (character) => character.charCodeAt(0)),
)

/** Control characters for which there is a short escape. */
const SHORT_CONTROLS: ReadonlySet<number> = new Set(
  Array.from('\b\f\n\r\t', (character) => character.charCodeAt(0)),
)

/**
 * The offset of the last byte of the escape whose backslash stands before `at`; -1 where we would
 * write it otherwise.
 */
function escapeEnd(bytes: Uint8Array, at: number): number {
  const kind = bytes[at]
  if (kind !== 0x75) return SHORT_ESCAPES.has(kind) ? at : -1
  // Nothing but a control character needs its number: \u0000 to \u001f, in small letters. (Half a
  // character does too; that one is left to the parser.)
  const tens = bytes[at + 3]! - 0x30
  const ones = hexDigit(bytes[at + 4])
  if (bytes[at + 1] !== 0x30 || bytes[at + 2] !== 0x30 || (tens !== 0 && tens !== 1) || ones < 0)
    return -1
  return SHORT_CONTROLS.has(tens * 16 + ones) ? -1 : at + 4
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1
}

/**
 * The offset of the last byte of the UTF-8 character of more than one byte that begins at `at`; -1
 * where there is none (Unicode 16, table 3-7).
 */
function characterEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  const second = bytes[at + 1]!
  if (first < 0xc2 || first > 0xf4 || !continues(second)) return -1
  if (first < 0xe0) return at + 1
  if (!continues(bytes[at + 2])) return -1
  if (first < 0xf0) {
    // Not what two bytes can say, and no surrogate.
    if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return -1
    return at + 2
  }
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return -1
  return continues(bytes[at + 3]) ? at + 3 : -1
}

function continues(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0
}
