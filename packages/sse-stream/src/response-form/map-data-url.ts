const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/
const TEXTUAL = /^data:(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml)\b)/i

/**
 * A URL with its text changed: of one that holds a text file that text, of one that holds a picture
 * or the like nothing, of any other all of it.
 */
export function mapDataUrl(url: string, change: (text: string) => string): string {
  const comma = url.startsWith('data:') ? url.indexOf(',') : -1
  const head = url.slice(0, comma + 1)
  const data = url.slice(comma + 1)
  // What only begins like one is text, whatever it says of itself.
  if (comma < 0 || comma > 256 || !/;base64,$/i.test(head) || !BASE64.test(data)) return change(url)
  if (!TEXTUAL.test(head)) return url
  const text = decoded(data)
  if (text === undefined) return change(url)
  const changed = change(text)
  return changed === text ? url : head + encoded(changed)
}

function decoded(data: string): string | undefined {
  try {
    const binary = atob(data.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
  } catch {
    return undefined
  }
}

function encoded(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
