import { createHash } from 'node:crypto'

/** The vendor takes no more characters. */
const LONGEST = 256

const OPAQUE = /^[a-zA-Z0-9_.:|=~+/-]+$/
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi
const HEX = /[0-9a-f]{32,}/gi
/** Digits as phone numbers have them, alone or in other words: `tel:415.555.0100`. */
const PHONE = /(?<![a-zA-Z0-9])\+?\d(?:[.:/-]?\d){6,14}(?![a-zA-Z0-9])/

/**
 * A client's id for its user as the vendor takes it: one that is opaque stays as it is; what may
 * tell who somebody is (an email address, a phone number, anything with blanks or beyond ASCII
 * letters, digits and a few signs) or is too long becomes its SHA-256 in hexadecimal. The vendor
 * refuses emails and phone numbers, and asks for nothing that identifies (API reference,
 * `metadata.user_id`). The same id always gives the same hash.
 */
export function opaqueUserId(id: string): string {
  return isOpaque(id) ? id : createHash('sha256').update(id).digest('hex')
}

function isOpaque(id: string): boolean {
  if (id.length > LONGEST || !OPAQUE.test(id)) return false
  return !PHONE.test(id.replace(UUID, 'x').replace(HEX, 'x'))
}
