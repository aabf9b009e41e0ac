const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const EMPTY = new Uint8Array(0)

/** Thrown when one event grows past the limit; what came before it has been handed out. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError'
}

/**
 * Cuts a byte stream into event blocks at blank lines, whatever the line ends (LF, CRLF, CR) and
 * however the bytes were split. It looks at each byte once, also where an event trickles in byte by
 * byte, and copies only what an event leaves over at the end of a read.
 */
export class EventSplitter {
  readonly #maxEventBytes: number
  /** Bytes of an event that is not complete: `#store` from `#start` to `#end`. */
  #store: Uint8Array = EMPTY
  #start = 0
  #end = 0
  /**
   * Where the search for the blank line goes on, relative to `#start`, and where the line being
   * read began.
   */
  #scanned = 0
  #lineStart = 0
  /** A CR ended the last read: an LF at the start of the next belongs to it. */
  #skipLineFeed = false
  #first = true

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes
  }

  /**
   * Takes the next bytes. `onBlock(bytes, at)` is asked at each event's start; it answers with the
   * offset behind the event where it knows the event by its shape, else with -1. Events that are
   * not known go to `onEvent(bytes, start, end)`.
   */
  push(
    incoming: Uint8Array,
    onBlock: (bytes: Uint8Array, at: number) => number,
    onEvent: (bytes: Uint8Array, start: number, end: number) => void,
  ): void {
    if (incoming.length === 0) return
    const own = this.#end > this.#start
    const bytes = own ? this.#append(incoming) : incoming
    let at = own ? this.#start : 0
    if (this.#first && (bytes.length - at >= 3 || bytes[at] !== 0xef)) {
      this.#first = false
      if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) {
        at += 3
        this.#scanned = 0
        this.#lineStart = 0
      }
    }
    while (at < bytes.length) {
      if (this.#scanned === 0) {
        if (this.#skipLineFeed) {
          this.#skipLineFeed = false
          if (bytes[at] === LF) {
            at++
            continue
          }
        }
        const known = onBlock(bytes, at)
        if (known >= 0) {
          at = known
          continue
        }
      }
      const close = this.#blankLine(bytes, at)
      if (close < 0) break
      if (!isComment(bytes, at, close)) onEvent(bytes, at, close)
      at = close
    }
    this.#keep(bytes, at, own)
  }

  /**
   * Whether an event is open whose bytes so far are no longer than what is coming now, so that
   * putting both together costs no more than reading them.
   */
  continues(incomingLength: number): boolean {
    return this.#end > this.#start && this.#end - this.#start <= incomingLength
  }

  /** Hands the open event's bytes back; they must stand before whatever is pushed next. */
  takeRest(): Uint8Array {
    const rest = this.rest()
    this.#store = EMPTY
    this.#start = 0
    this.#end = 0
    this.#scanned = 0
    this.#lineStart = 0
    // The CR that it would wait for is the last byte of the rest, and will be read again.
    this.#skipLineFeed = false
    return rest
  }

  /**
   * What stands there at the end of the stream without its blank line; empty where all was
   * complete.
   */
  rest(): Uint8Array {
    return this.#store.subarray(this.#start, this.#end)
  }

  /**
   * The offset behind the next blank line, or -1 where it has not come yet; then the search can go
   * on from there.
   */
  #blankLine(bytes: Uint8Array, at: number): number {
    let position = at + this.#scanned
    let lineStart = at + this.#lineStart
    if (this.#skipLineFeed) {
      this.#skipLineFeed = false
      if (bytes[position] === LF) lineStart = ++position
    }
    for (; position < bytes.length; position++) {
      const byte = bytes[position]
      if (byte !== LF && byte !== CR) continue
      const blank = position === lineStart
      if (byte === CR) {
        // A CR may be all of the line end or half of it; act on it at once, and swallow the LF if
        // it comes later.
        if (position + 1 === bytes.length) this.#skipLineFeed = true
        else if (bytes[position + 1] === LF) position++
      }
      lineStart = position + 1
      if (blank) {
        this.#scanned = 0
        this.#lineStart = 0
        return lineStart
      }
    }
    this.#scanned = bytes.length - at
    this.#lineStart = lineStart - at
    return -1
  }

  #append(incoming: Uint8Array): Uint8Array {
    const length = this.#end - this.#start
    if (this.#end + incoming.length > this.#store.length) {
      // Doubling keeps an event that trickles in from being copied at every read.
      const grown = new Uint8Array((length + incoming.length) * 2)
      grown.set(this.#store.subarray(this.#start, this.#end))
      this.#store = grown
      this.#start = 0
      this.#end = length
    }
    this.#store.set(incoming, this.#end)
    this.#end += incoming.length
    return this.#store.subarray(0, this.#end)
  }

  /**
   * Keeps what is left from `at` on; `own` says that the bytes are the store's. What was handed out
   * of the store is never written over.
   */
  #keep(bytes: Uint8Array, at: number, own: boolean): void {
    const length = bytes.length - at
    if (length > this.#maxEventBytes)
      throw new EventTooLargeError(`An event is larger than ${this.#maxEventBytes} bytes.`)
    if (length === 0) {
      this.#store = EMPTY
      this.#start = 0
      this.#end = 0
    } else if (own) {
      this.#start = at
    } else {
      this.#store = bytes.slice(at)
      this.#start = 0
      this.#end = length
    }
  }
}

/**
 * A comment on a line of its own. A vendor may send any number of them, and decoding a million
 * costs a noticeable pause.
 */
function isComment(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== COLON || bytes.indexOf(LF, start) !== end - 2) return false
  // A CR would end the comment, and what stands behind it is none. The search must not go past the
  // block.
  return bytes.subarray(start, end).indexOf(CR) < 0
}
