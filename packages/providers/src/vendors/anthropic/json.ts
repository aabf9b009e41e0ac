export { isObject, type Json } from '../../vendor-spec/json.ts'

/** A value where it is a string that says something, else nothing. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
