import { BYTES_PER_TOKEN } from '@sluice/core/internal'

/**
 * About how many tokens a text has, without any model's vocabulary: four bytes of UTF-8 to a token,
 * so four letters of English, two of Greek or Russian, one and a third of Chinese. Right within
 * about a quarter for prose. The sum over pieces of a text is that of the whole, but for rounding.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(textBytes(text) / BYTES_PER_TOKEN)
}

/** How long a text is in UTF-8, without `Buffer`, which browsers do not have. */
export function textBytes(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) bytes += bytesOf(text.charCodeAt(at))
  return bytes
}

/** How much of a text, from its beginning, so many bytes allow; the text's length where all. */
export function lengthWithin(text: string, bytes: number): number {
  let left = bytes
  for (let at = 0; at < text.length; at++) {
    left -= bytesOf(text.charCodeAt(at))
    if (left < 0) return at
  }
  return text.length
}

function bytesOf(code: number): number {
  if (code < 0x80) return 1
  // Half of a pair of surrogates, which take four together.
  return code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3
}
