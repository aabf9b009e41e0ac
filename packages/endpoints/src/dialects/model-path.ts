const IMPOSSIBLE_MODEL = /[\p{Cc}\s]|(?:^|\/)\.\.(?:\/|$)/u

/** Whether a model could have a name: printable, without spaces, and never a path upwards. */
export function isPossibleModel(id: string): boolean {
  return !IMPOSSIBLE_MODEL.test(id)
}

/** Reads a model's name in a path; `undefined` where its escapes are broken. */
export function decodeModel(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
