/** Who is told what a reader finds. */
export interface MessageListener {
  /** The first line and the fields, without the blank line after them. */
  head(text: string): void
  /**
   * Some of the body stands in `bytes` between the two places; they may be written over when the
   * call is over.
   */
  body(bytes: Buffer, from: number, to: number): void
}

type Place =
  | 'head'
  | 'counted body'
  | 'size'
  | 'extension'
  | 'end of size'
  | 'chunk'
  | 'end of chunk'
  | 'end of chunk line'
  | 'trailer'
  | 'in trailer'
  | 'last line'
  | 'over'

const BLANK_LINE = Buffer.from('\r\n\r\n')
const CR = 0x0d
const LF = 0x0a

/**
 * Reads HTTP/1.1 messages one after another, however their bytes are split over reads, and keeps
 * nothing but a head that is not whole yet.
 */
export class MessageReader {
  readonly #listener: MessageListener
  #place: Place = 'head'
  /** What has come of a head. */
  #head = ''
  /** Bytes of the body or chunk that are still to come. */
  #left = 0
  #sized = false

  constructor(listener: MessageListener) {
    this.#listener = listener
  }

  /**
   * Reads to the end of a message at most: gives where that is, or -1 where more must come. Throws
   * at what is not HTTP.
   */
  read(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length) {
      if (this.#place === 'head') at = this.#readHead(bytes, at)
      else if (this.#place === 'chunk' || this.#place === 'counted body') {
        const to = Math.min(bytes.length, at + this.#left)
        this.#listener.body(bytes, at, to)
        this.#left -= to - at
        at = to
        if (this.#left === 0) this.#place = this.#place === 'chunk' ? 'end of chunk' : 'over'
      } else this.#place = this.#after(bytes[at++]!)
      if (this.#place === 'over') {
        this.#place = 'head'
        return at
      }
    }
    return -1
  }

  #readHead(bytes: Buffer, from: number): number {
    const before = this.#head.length
    const whole = before === 0 ? bytes.indexOf(BLANK_LINE, from) : -1
    const text = this.#head + bytes.toString('latin1', from, whole < 0 ? bytes.length : whole + 4)
    const end = text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end < 0) {
      this.#head = text
      return bytes.length
    }
    this.#head = ''
    this.#place = this.#begin(text.slice(0, end))
    return from + end + 4 - before
  }

  #begin(head: string): Place {
    const answer = head.startsWith('HTTP/')
    // Interim answers come before the real one.
    if (answer && head.startsWith(' 1', 8)) return 'head'
    this.#listener.head(head)
    if (/\r\ntransfer-encoding:[ \t]*chunked/i.test(head)) return 'size'
    const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1]
    if (length === undefined && answer) throw new Error('This answer does not say how long it is.')
    this.#left = Number(length ?? 0)
    return this.#left === 0 ? 'over' : 'counted body'
  }

  /**
   * Where a byte that stands between chunks leads: byte by byte, for these lines are short and may
   * be split anywhere.
   */
  #after(byte: number): Place {
    switch (this.#place) {
      case 'size': {
        const digit = hexadecimal(byte)
        if (digit >= 0) {
          this.#left = this.#left * 16 + digit
          this.#sized = true
          return 'size'
        }
        if (!this.#sized) break
        this.#sized = false
        if (byte === CR) return 'end of size'
        if (byte === 0x3b || byte === 0x20 || byte === 0x09) return 'extension'
        break
      }
      case 'extension':
        return byte === CR ? 'end of size' : 'extension'
      case 'end of size':
        if (byte === LF) return this.#left === 0 ? 'trailer' : 'chunk'
        break
      case 'end of chunk':
        if (byte === CR) return 'end of chunk line'
        break
      case 'end of chunk line':
        if (byte === LF) return 'size'
        break
      case 'trailer':
        return byte === CR ? 'last line' : 'in trailer'
      case 'in trailer':
        return byte === LF ? 'trailer' : 'in trailer'
      case 'last line':
        if (byte === LF) return 'over'
        break
    }
    throw new Error(`Byte ${byte} cannot stand here (${this.#place}).`)
  }
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
