import type { Clock } from '@sluice/core'

/** What makes a stored answer a new one: the end of its id and the time it was made. Characters in words, as a `DataView` takes them. */
export interface Stamp {
  /** 12 hexadecimal digits, so that an id that is a UUID stays one: four in each word. */
  readonly id: readonly [number, number, number]
  /** Unix time in seconds, 10 digits: four, four and two. */
  readonly created: readonly [number, number, number]
}

/** Characters at the end of an id that a replay makes its own. */
export const ID_END_LENGTH = 12
/** Digits of a Unix time in seconds, until the year 2286. */
export const CREATED_LENGTH = 10

/** Makes stamps: one for each replay. */
export class Stamper {
  readonly #clock: Clock
  #second = Number.NaN
  #created: Stamp['created'] = [0, 0, 0]

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(): Stamp {
    const second = Math.floor(this.#clock.wall() / 1000)
    if (second !== this.#second) {
      this.#second = second
      const digits = String(second).padStart(CREATED_LENGTH, '0').slice(-CREATED_LENGTH)
      this.#created = [wordOf(digits.slice(0, 4)), wordOf(digits.slice(4, 8)), wordOf(digits.slice(8))]
    }
    return { id: [hexDigits(), hexDigits(), hexDigits()], created: this.#created }
  }
}

const HEX: readonly number[] = Array.from({ length: 256 }, (_, byte) => wordOf(byte.toString(16).padStart(2, '0')))

/** 16 random bits. An id names an answer and opens nothing, so it need not be secret. */
function hexDigits(): number {
  const bits = Math.trunc(Math.random() * 0x1_0000)
  return (HEX[bits >>> 8]! << 16) | HEX[bits & 255]!
}

function wordOf(text: string): number {
  let word = 0
  for (let at = 0; at < text.length; at++) word = (word << 8) | text.charCodeAt(at)
  return word
}
