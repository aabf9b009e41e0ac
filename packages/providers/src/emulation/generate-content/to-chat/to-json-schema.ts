import { isObject, type Json } from '../../../vendor-spec/json.ts'
import { readMember } from '../read-member.ts'

/** Deeper schemas are left open. */
const MAX_DEPTH = 64

const KEPT: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'enum',
  'format',
  'minimum',
  'maximum',
  'pattern',
  'required',
])
/** Counts, which Google writes as strings. */
const COUNTS: ReadonlySet<string> = new Set([
  'maxItems',
  'minItems',
  'maxLength',
  'minLength',
  'maxProperties',
  'minProperties',
])
/** Formats that only Google's schemas know. */
const OWN_FORMATS: ReadonlySet<unknown> = new Set(['enum', 'int32', 'int64', 'float', 'double'])

/**
 * Returns the JSON Schema that a schema of Gemini's means (v1beta reference, `Schema`): a part of
 * OpenAPI 3.0 with types in capitals. `nullable` becomes a type; what only orders or illustrates is
 * left out.
 */
export function toJsonSchema(schema: unknown, depth = 0): Json {
  if (!isObject(schema) || depth > MAX_DEPTH) return {}
  const members: [string, unknown][] = []
  const inner = (one: unknown) => toJsonSchema(one, depth + 1)
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined || value === null) continue
    if (KEPT.has(name) && !(name === 'format' && OWN_FORMATS.has(value)))
      members.push([name, value])
  }
  for (const name of COUNTS) {
    const given = readMember(schema, name)
    const count = typeof given === 'string' ? Number.parseInt(given, 10) : given
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0)
      members.push([name, count])
  }
  const { properties, items } = schema
  const anyOf = readMember(schema, 'anyOf')
  const additional = readMember(schema, 'additionalProperties')
  if (isObject(properties)) {
    const inside = Object.entries(properties).map(([name, one]) => [name, inner(one)] as const)
    members.push(['properties', Object.fromEntries(inside)])
  }
  if (isObject(items)) members.push(['items', inner(items)])
  if (Array.isArray(anyOf)) members.push(['anyOf', anyOf.map(inner)])
  if (typeof additional === 'boolean') members.push(['additionalProperties', additional])
  else if (isObject(additional)) members.push(['additionalProperties', inner(additional)])
  return { ...typeOf(schema), ...Object.fromEntries(members), ...nullableEnum(schema) }
}

function typeOf({ type, nullable }: Json): Json {
  if (Array.isArray(type)) {
    const own = type.flatMap((one) => (typeof one === 'string' ? [one.toLowerCase()] : []))
    return { type: own }
  }
  if (typeof type !== 'string' || /^TYPE_UNSPECIFIED$/i.test(type)) return {}
  const own = type.toLowerCase()
  return { type: nullable === true && own !== 'null' ? [own, 'null'] : own }
}

function nullableEnum({ nullable, enum: words }: Json): Json {
  if (nullable !== true || !Array.isArray(words) || words.includes(null)) return {}
  return { enum: [...(words as readonly unknown[]), null] }
}
