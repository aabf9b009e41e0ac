type Json = Readonly<Record<string, unknown>>

/**
 * Returns what the first candidate of a response in Gemini's form says, without its reasoning. Of
 * anything else it is nothing.
 */
export function contentText(response: unknown): string {
  const { candidates } = (response ?? {}) as Json
  if (!Array.isArray(candidates)) return ''
  let text = ''
  for (const candidate of candidates as (Json | null)[]) {
    if ((candidate?.['index'] ?? 0) !== 0) continue
    for (const part of partsOf(candidate)) {
      const said = part['thought'] === true ? undefined : part['text']
      if (typeof said === 'string') text += said
    }
  }
  return text
}

/** Returns the parts of a candidate, or of any other holder of a `content` in Gemini's form. */
export function partsOf(holder: unknown): readonly Json[] {
  const content = (holder as Json | null | undefined)?.['content'] as Json | null | undefined
  const parts = content?.['parts']
  if (!Array.isArray(parts)) return []
  return parts.filter((part) => typeof part === 'object' && part !== null)
}
