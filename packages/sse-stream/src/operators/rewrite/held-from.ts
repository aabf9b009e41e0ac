/**
 * The offset, at or after `from`, where the first end of a text begins that more text could
 * complete to one of several literals; the text's length where nothing need be held back.
 */
export function heldFrom(
  text: string,
  from: number,
  longest: number,
  isProperPrefix: (end: string) => boolean,
): number {
  for (let at = Math.max(from, text.length - longest + 1); at < text.length; at++) {
    if (isProperPrefix(text.slice(at))) return at
  }
  return text.length
}
