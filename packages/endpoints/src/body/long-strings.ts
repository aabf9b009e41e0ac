const BACKSLASH = 0x5c

/**
 * A string so long that the parser's look at each of its bytes costs more than ours at eight of
 * them.
 */
export const LONG_STRING_BYTES = 8192

/**
 * What a longer string is put together from. A string beyond 128 KiB has memory of its own that the
 * kernel has to give and to clear, 140 µs for 200 KB; in pieces it costs 10, for as long as nobody
 * reads it, and to pass a body on nobody has to.
 */
const PIECE_BYTES = 65_536

/** Where a string value stands in JSON text, without its quotes. */
export interface StringPlace {
  readonly start: number
  readonly end: number
}

/** Drawn anew in each process and never shown, so that no body can hold it. */
const MARK = `${globalThis.crypto.randomUUID()}:`

/**
 * JSON text whose long strings are taken out before the rest is parsed: pictures and documents are
 * mostly one string without escapes, which the parser reads byte by byte (1.5 ns each) and copies
 * twice. Here such a string is looked over in words and made by one copy.
 */
export class LongStrings {
  readonly #json: Buffer
  readonly #places: readonly StringPlace[]

  private constructor(json: Buffer, places: readonly StringPlace[]) {
    this.#json = json
    this.#places = places
  }

  /**
   * Those of `places` that hold neither escapes nor control characters, which is no JSON;
   * `undefined` where there are none. `json` is valid UTF-8.
   */
  static in(json: Buffer, places: readonly StringPlace[]): LongStrings | undefined {
    // Looked for from each string anew it would be looked for to the end of the body each time.
    let escape = json.indexOf(BACKSLASH)
    const plain = places.filter(({ start, end }) => {
      if (escape >= 0 && escape < start) escape = json.indexOf(BACKSLASH, start)
      return (escape < 0 || escape >= end) && hasNoControls(json, start, end)
    })
    return plain.length === 0 ? undefined : new LongStrings(json, plain)
  }

  /** The text with a mark in the place of each string. */
  withMarks(): string {
    let text = ''
    let from = 0
    for (const [index, { start, end }] of this.#places.entries()) {
      text += this.#json.toString('utf8', from, start) + MARK + String(index)
      from = end
    }
    return text + this.#json.toString('utf8', from)
  }

  /** The string that a value stands for; the value itself where it is no mark. */
  behind(value: string): string {
    if (!value.startsWith(MARK)) return value
    const { start, end } = this.#places[Number(value.slice(MARK.length))]!
    return inPieces(this.#json, start, end)
  }
}

function inPieces(json: Buffer, start: number, end: number): string {
  let text = ''
  let from = start
  while (end - from > PIECE_BYTES) {
    let to = from + PIECE_BYTES
    while (isInsideCharacter(json[to]!)) to--
    text += json.toString('utf8', from, to)
    from = to
  }
  return text + json.toString('utf8', from, end)
}

/** Whether a byte is one of a UTF-8 character and not its first. */
function isInsideCharacter(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

function hasNoControls(json: Buffer, start: number, end: number): boolean {
  const view = new DataView(json.buffer, json.byteOffset, json.byteLength)
  let at = start
  // A byte below 0x20 borrows from its own highest bit, and has that bit clear itself.
  for (; at + 16 <= end; at += 16) {
    const a = view.getInt32(at)
    const b = view.getInt32(at + 4)
    const c = view.getInt32(at + 8)
    const d = view.getInt32(at + 12)
    const low =
      ((a - 0x20202020) & ~a) |
      ((b - 0x20202020) & ~b) |
      ((c - 0x20202020) & ~c) |
      ((d - 0x20202020) & ~d)
    if ((low & 0x80808080) !== 0) return false
  }
  for (; at < end; at++) if (json[at]! < 0x20) return false
  return true
}
