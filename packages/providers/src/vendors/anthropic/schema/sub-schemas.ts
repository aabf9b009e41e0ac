import { isObject, type Json } from '../json.ts'

/** Where the schemas inside of a schema stand: alone, in a list, or by name. */
export type Place = 'one' | 'list' | 'map'

/** Schemas that lie deeper are not looked at, and not sent. */
export const DEEPEST = 200

/** The keywords that hold schemas, in all drafts of JSON Schema. */
export const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['additionalItems', 'one'],
  ['additionalProperties', 'one'],
  ['allOf', 'list'],
  ['anyOf', 'list'],
  ['contains', 'one'],
  ['contentSchema', 'one'],
  ['$defs', 'map'],
  ['definitions', 'map'],
  ['dependencies', 'map'],
  ['dependentSchemas', 'map'],
  ['else', 'one'],
  ['if', 'one'],
  // One schema for all, or the list of a tuple before draft 2020-12.
  ['items', 'one'],
  ['not', 'one'],
  ['oneOf', 'list'],
  ['patternProperties', 'map'],
  ['prefixItems', 'list'],
  ['properties', 'map'],
  ['propertyNames', 'one'],
  ['then', 'one'],
  ['unevaluatedItems', 'one'],
  ['unevaluatedProperties', 'one'],
])

/** Calls back for a schema and every schema inside it, references not followed. */
export function walkSchemas(schema: unknown, visit: (schema: Json) => void, depth = 0): void {
  if (!isObject(schema) || depth > DEEPEST) return
  visit(schema)
  for (const keyword of Object.keys(schema)) {
    if (!PLACES.has(keyword)) continue
    const value = schema[keyword]
    if (Array.isArray(value)) {
      for (const inner of value as unknown[]) walkSchemas(inner, visit, depth + 1)
    } else if (!isObject(value)) continue
    else if (PLACES.get(keyword) === 'map') {
      for (const name of Object.keys(value)) walkSchemas(value[name], visit, depth + 1)
    } else walkSchemas(value, visit, depth + 1)
  }
}

/** What a reference inside a schema refers to; `undefined` where that is elsewhere or nowhere. */
export function resolveReference(root: Json, reference: string): unknown {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  let node: unknown = root
  for (const step of reference.slice(2).split('/')) {
    if (typeof node !== 'object' || node === null) return undefined
    const key = pointerKey(step)
    node = Object.hasOwn(node, key) ? (node as Json)[key] : undefined
  }
  return node
}

/** The key that a step of a JSON pointer in a URL stands for (RFC 6901, section 6). */
export function pointerKey(step: string): string {
  let decoded = step
  try {
    if (step.includes('%')) decoded = decodeURIComponent(step)
  } catch {
    // A lone percent sign means itself.
  }
  return decoded.includes('~') ? decoded.replaceAll('~1', '/').replaceAll('~0', '~') : decoded
}
