/** What real answers hold is below a dozen; serializers overflow at some thousands. */
const MAX_DEPTH = 512

/**
 * Parses JSON that a vendor sent. `JSON.parse` takes any depth, but whoever walks or writes the
 * value afterwards recurses, and would overflow in a place where nobody catches it.
 *
 * @throws SyntaxError for what is no JSON, and for more than 512 arrays and objects inside each
 * other
 */
export function parseVendorJson(text: string): unknown {
  // Nearly every answer has too few brackets to be deep, which a search tells at the speed of
  // memory.
  if (text.length >= 2 * MAX_DEPTH && hasManyBrackets(text) && depthOf(text) > MAX_DEPTH) {
    throw new SyntaxError(`The JSON has more than ${MAX_DEPTH} levels.`)
  }
  return JSON.parse(text) as unknown
}

function hasManyBrackets(text: string): boolean {
  let left = MAX_DEPTH
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (--left < 0) return true
    }
  }
  return false
}

/** Returns how many arrays and objects are inside each other at most, strings passed over. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      at = stringEnd(text, at)
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepest) deepest = depth
      if (deepest > MAX_DEPTH) break
    } else if (code === 0x5d || code === 0x7d) {
      depth--
    }
  }
  return deepest
}

/** Returns where the string that begins at a quote ends. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) return at
  }
  return text.length
}
