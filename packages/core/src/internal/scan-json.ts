const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Bytes of a string that are looked at one by one before the search for its end, whose call costs
 * as much; more of them where the search keeps finding escaped quotes.
 */
const FIRST_STRIDE = 64
const MAX_STRIDE = 65_536

/**
 * Finds the members of the object that begins at `at` in JSON text that is known to be valid (it
 * has been parsed). Positions are byte offsets; keys come without their quotes and with their
 * escapes as they stand. Returns the offset behind the closing brace. Jumps over strings, so that a
 * prompt of one long string costs next to nothing.
 */
export function scanMembers(
  json: Uint8Array,
  at: number,
  onMember: (keyStart: number, keyEnd: number, valueStart: number, valueEnd: number) => void,
): number {
  let position = skipSpace(json, at)
  if (json[position] !== 0x7b) return position
  position = skipSpace(json, position + 1)
  while (json[position] === QUOTE) {
    const keyEnd = skipString(json, position)
    const valueStart = skipSpace(json, skipSpace(json, keyEnd) + 1)
    const valueEnd = skipValue(json, valueStart)
    onMember(position + 1, keyEnd - 1, valueStart, valueEnd)
    position = skipSpace(json, valueEnd)
    if (json[position] === 0x2c) position = skipSpace(json, position + 1)
  }
  return position + 1
}

/** The offset behind the JSON value that begins at `at`, in valid JSON. */
export function skipValue(json: Uint8Array, at: number): number {
  const first = json[at]
  if (first === QUOTE) return skipString(json, at)
  let position = at
  if (first !== 0x7b && first !== 0x5b) {
    for (; position < json.length; position++) {
      const byte = json[position]!
      if (byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20) break
    }
    return position
  }
  let depth = 0
  while (position < json.length) {
    const byte = json[position]!
    if (byte === QUOTE) {
      position = skipString(json, position)
      continue
    }
    position++
    if (byte === 0x7b || byte === 0x5b) depth++
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) break
  }
  return position
}

/**
 * The offset behind the string whose opening quote is at `at`; the end of the text where it has no
 * closing one.
 */
export function skipString(json: Uint8Array, at: number): number {
  const { length } = json
  let position = at + 1
  for (let stride = FIRST_STRIDE; ; stride = Math.min(stride * 4, MAX_STRIDE)) {
    const near = Math.min(position + stride, length)
    for (; position < near; position++) {
      const byte = json[position]!
      if (byte === QUOTE) return position + 1
      if (byte === BACKSLASH) position++
    }
    if (position >= length) return length
    const quote = json.indexOf(QUOTE, position)
    if (quote < 0) return length
    let slashes = 0
    while (quote - slashes > position && json[quote - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return quote + 1
    position = quote + 1
  }
}

/**
 * The raw content (escapes as they stand, no quotes) of the string at a path, as byte offsets;
 * `undefined` where there is none.
 */
export function findString(
  json: Uint8Array,
  path: readonly (string | number)[],
): { readonly start: number; readonly end: number } | undefined {
  let at = skipSpace(json, 0)
  for (const step of path) {
    const found = typeof step === 'number' ? elementAt(json, at, step) : memberAt(json, at, step)
    if (found === undefined) return undefined
    at = found
  }
  return json[at] === QUOTE ? { start: at + 1, end: skipString(json, at) - 1 } : undefined
}

function memberAt(json: Uint8Array, at: number, key: string): number | undefined {
  let found: number | undefined
  scanMembers(json, at, (keyStart, keyEnd, valueStart) => {
    if (keyEnd - keyStart === key.length && isAscii(json, keyStart, key)) found = valueStart
  })
  return found
}

function elementAt(json: Uint8Array, at: number, index: number): number | undefined {
  if (json[at] !== 0x5b) return undefined
  let position = skipSpace(json, at + 1)
  for (let current = 0; position < json.length && json[position] !== 0x5d; current++) {
    if (current === index) return position
    position = skipSpace(json, skipValue(json, position))
    if (json[position] === 0x2c) position = skipSpace(json, position + 1)
  }
  return undefined
}

/**
 * Whether ASCII text stands at `at`, byte for byte. How long what stands there is, the caller
 * knows.
 */
export function isAscii(json: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (json[at + index] !== text.charCodeAt(index)) return false
  return true
}

function skipSpace(json: Uint8Array, at: number): number {
  let position = at
  while (
    json[position] === 0x20 ||
    json[position] === 0x0a ||
    json[position] === 0x0d ||
    json[position] === 0x09
  )
    position++
  return position
}
