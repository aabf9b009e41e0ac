/** Words up to this length are one token; longer ones, and runs of blanks, are cut. */
const MAX_RUN = 12

/**
 * The text in the pieces that the demo streams, limits and bills: a word with the blanks before it,
 * one ideograph or syllable, one sign. Joined they are the text again; no piece ends inside a
 * surrogate pair.
 */
export function splitTokens(text: string): string[] {
  const tokens: string[] = []
  for (let at = 0; at < text.length;) {
    const end = tokenEnd(text, at)
    tokens.push(text.slice(at, end))
    at = end
  }
  return tokens
}

/**
 * How many tokens a text has. Past `exactChars` characters the rest is taken to be like the
 * beginning, so that a huge text costs no more than a large one.
 */
export function countTokens(text: string, exactChars: number = 100_000): number {
  let at = 0
  let count = 0
  while (at < text.length) {
    if (at >= exactChars)
      return at === 0 ? Math.ceil(text.length / 4) : Math.ceil((count * text.length) / at)
    at = tokenEnd(text, at)
    count++
  }
  return count
}

function tokenEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && isBlank(text.charCodeAt(at))) {
    at++
    if (at - start === MAX_RUN) return at
  }
  if (at === text.length) return at
  const first = text.charCodeAt(at)
  if (!isWord(first))
    return at + (isHighSurrogate(first) && isLowSurrogate(text.charCodeAt(at + 1)) ? 2 : 1)
  const word = at
  while (at < text.length && at - word < MAX_RUN && isWord(text.charCodeAt(at))) at++
  return at
}

function isBlank(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || code === 0x3000
}

/** Letters and digits of scripts that write words; ideographs, kana and Hangul stand alone. */
function isWord(code: number): boolean {
  if (code < 0x80) {
    return (
      (code >= 0x61 && code <= 0x7a) ||
      (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x30 && code <= 0x39) ||
      code === 0x5f ||
      code === 0x27
    )
  }
  return (code >= 0xc0 && code < 0x2000) || (code >= 0x2c00 && code < 0x2e00)
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000
}
