/** Shorter strings are written in no time. */
const LONG = 65_536

/** Deeper values are left to the serialiser, and its refusal. */
const DEEPEST = 64

/** Characters that stand in JSON as they are. */
const PLAIN = /^[ !#-[\]-~]*$/

/**
 * A value as JSON, for values with pictures and documents in them: a long string without anything
 * to escape, as all base64 is, is put in as it is. The serialiser looks at each of its characters
 * and takes four times as long.
 */
export function stringifyLong(value: unknown): string {
  const texts: string[] = []
  // Nobody can guess it, so that it stands nowhere else.
  const mark = globalThis.crypto.randomUUID()
  const json = JSON.stringify(withMarks(value, texts, mark, 0))
  if (texts.length === 0) return json
  const pieces = json.split(`"${mark}"`)
  return pieces.map((piece, at) => (at === 0 ? piece : `"${texts[at - 1]!}"${piece}`)).join('')
}

/** The value with the mark for each long string; what holds none is not copied. */
function withMarks(value: unknown, texts: string[], mark: string, depth: number): unknown {
  if (typeof value === 'string') {
    if (value.length < LONG || !PLAIN.test(value)) return value
    texts.push(value)
    return mark
  }
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value
  if ('toJSON' in value) return value
  const before = texts.length
  if (Array.isArray(value)) {
    const items = (value as unknown[]).map((item) => withMarks(item, texts, mark, depth + 1))
    return texts.length === before ? value : items
  }
  const entries = Object.entries(value)
  const marked = entries.map(([name, item]) => [name, withMarks(item, texts, mark, depth + 1)])
  return texts.length === before ? value : Object.fromEntries(marked)
}
