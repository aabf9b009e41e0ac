import { skipString } from '@sluice/core/internal'

/**
 * Decimals of fewer digits differ as numbers wherever they differ as text; a double holds any 15.
 */
const MANY_DIGITS = 16

const [QUOTE, MINUS, DOT, COLON, ZERO] = [0x22, 0x2d, 0x2e, 0x3a, 0x30]
/** `e`, `E` and their signs. */
const EXPONENT: readonly number[] = [0x65, 0x45, 0x2b, 0x2d]

/**
 * Whether a JSON body says no more than the params it was parsed to. A number says more where it is
 * too long, too large or too small for a double, or a zero with a sign; an object, where a key
 * stands in it twice.
 */
export function isExactBody(json: Uint8Array, params: unknown): boolean {
  let members = 0
  for (let at = 0; at < json.length;) {
    const byte = json[at]!
    if (byte === QUOTE) at = skipString(json, at)
    else if (byte === MINUS || isDigit(byte)) {
      const end = numberEnd(json, at)
      if (end < 0) return false
      at = end
    } else {
      if (byte === COLON) members++
      at++
    }
  }
  return members === membersOf(params)
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39
}

/** Where a number ends that a double holds as it is written; -1 for others. */
function numberEnd(json: Uint8Array, start: number): number {
  const isNegative = json[start] === MINUS
  let at = isNegative ? start + 1 : start
  let digits = 0
  let isPlain = true
  let isZero = true
  for (; at < json.length; at++) {
    const byte = json[at]!
    if (isDigit(byte)) {
      digits++
      if (byte !== ZERO) isZero = false
    } else if (EXPONENT.includes(byte)) isPlain = false
    else if (byte !== DOT) break
  }
  if (isPlain && digits < MANY_DIGITS && !(isNegative && isZero)) return at
  // What a double is written as belongs to no other; how else it could be written does not matter
  // to be on the safe side.
  const text = Buffer.from(json.buffer, json.byteOffset + start, at - start).toString('latin1')
  return String(Number(text)) === text ? at : -1
}

/** Members of all objects in a value, however deep. */
function membersOf(value: unknown): number {
  const pending: unknown[] = [value]
  let members = 0
  while (pending.length > 0) {
    const one = pending.pop()
    if (typeof one !== 'object' || one === null) continue
    const values: unknown[] = Array.isArray(one) ? one : Object.values(one)
    if (values !== one) members += values.length
    for (const inner of values) if (typeof inner === 'object' && inner !== null) pending.push(inner)
  }
  return members
}
