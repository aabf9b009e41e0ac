/**
 * A token in twelfths: so many UTF-16 units of plain ASCII, of other alphabets, and of Chinese,
 * Japanese and Korean make one.
 */
const TWELFTHS_PER_TOKEN = 12
const ASCII = 3
const OTHER = 5
const EAST_ASIAN = 9

/**
 * About how many tokens a text has, without any model's vocabulary: four ASCII characters to a
 * token, two and a half of other alphabets, one and a third of Chinese, Japanese or Korean. Right
 * within about a quarter for prose. The sum over pieces of a text is that of the whole, but for
 * rounding.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(tokenTwelfths(text) / TWELFTHS_PER_TOKEN)
}

/** The same without rounding, in twelfths of a token. */
export function tokenTwelfths(text: string): number {
  let twelfths = 0
  for (let at = 0; at < text.length; at++) twelfths += weight(text.charCodeAt(at))
  return twelfths
}

/**
 * How much of a text, from its beginning, a number of twelfths of tokens allows; the text's length
 * where all of it.
 */
export function lengthWithin(text: string, twelfths: number): number {
  let left = twelfths
  for (let at = 0; at < text.length; at++) {
    left -= weight(text.charCodeAt(at))
    if (left < 0) return at
  }
  return text.length
}

/** Twelfths of so many tokens. */
export function twelfthsOf(tokens: number): number {
  return tokens * TWELFTHS_PER_TOKEN
}

function weight(code: number): number {
  if (code < 0x80) return ASCII
  return code < 0x2e80 ? OTHER : EAST_ASIAN
}
