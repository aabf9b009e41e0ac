export { isObject, type Json } from '../../vendor-spec/json.ts'

/** The text parsed, or `undefined` where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
