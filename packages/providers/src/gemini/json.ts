/** A JSON object whose members are not known yet. */
export type Json = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object, as opposed to a list or a plain value. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text parsed, or `undefined` where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
