import { isObject, parseJson, type Json } from '../json.ts'

/** How many characters of one request are read as JSON. */
const MAX_CHARACTERS = 131_072

/**
 * Reads texts as JSON objects where nothing is lost by it. To find that out takes parsing and
 * writing again, so that no more than 128 Ki characters of one request are read; what comes later
 * stays text, which Gemini takes as well. The same beginning of a conversation is always read the
 * same way, as the vendor's cache of prompts wants it.
 */
export class ExactObjects {
  #left = MAX_CHARACTERS

  /** The object that a text is, or `undefined`. */
  read(text: string): Json | undefined {
    if (text.length > this.#left || !/^\s*\{/.test(text)) return undefined
    this.#left -= text.length
    const parsed = parseJson(text)
    if (!isObject(parsed) || !isSame(JSON.stringify(parsed), text)) return undefined
    return parsed
  }
}

/** Whether texts differ in blanks alone: a number such as 12345678901234567890 or 1.0 would not. */
function isSame(written: string, text: string): boolean {
  let at = 0
  for (let next = 0; next < text.length; next++) {
    if (isBlank(text.charCodeAt(next))) continue
    while (isBlank(written.charCodeAt(at))) at++
    if (written.charCodeAt(at++) !== text.charCodeAt(next)) return false
  }
  while (isBlank(written.charCodeAt(at))) at++
  return at === written.length
}

/** The blanks of JSON (RFC 8259). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
