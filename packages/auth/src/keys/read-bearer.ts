const MAX_BEARER_LENGTH = 4096
const VISIBLE_ASCII = /^[\x21-\x7e]+$/

/** Whether a text could be sent as a bearer credential: visible ASCII, at most 4 KiB. */
export function isBearer(text: string): boolean {
  return text.length <= MAX_BEARER_LENGTH && VISIBLE_ASCII.test(text)
}

/**
 * The credential of an `Authorization: Bearer …` header, or `undefined` for anything but the scheme
 * in any case, one space and one credential. Node keeps the first of several such headers and trims
 * it; they are never joined.
 */
export function readBearer(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MAX_BEARER_LENGTH + 7) return undefined
  if (header.slice(0, 7).toLowerCase() !== 'bearer ') return undefined
  const bearer = header.slice(7)
  return isBearer(bearer) ? bearer : undefined
}
