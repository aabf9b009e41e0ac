import { skipString } from '@sluice/core'

/** Integers of fewer digits are all below 2⁵³, where a number holds each of them. */
const LONG = 16

/** Whether JSON text has an integer, outside of strings, that may have lost its last digits when it was parsed. */
export function hasLongInteger(json: Uint8Array): boolean {
  let digits = 0
  for (let at = 0; at < json.length;) {
    const byte = json[at]!
    if (byte === 0x22) {
      at = skipString(json, at)
      digits = 0
      continue
    }
    if (byte >= 0x30 && byte <= 0x39) digits++
    // The digits of a fraction may be as many as they like.
    else digits = byte === 0x2e ? -Infinity : 0
    if (digits === LONG) return true
    at++
  }
  return false
}
