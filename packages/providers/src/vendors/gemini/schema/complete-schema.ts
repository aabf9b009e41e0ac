import { isObject, type Json } from '../json.ts'
import { choicesOf, KEYWORDS_OF } from './lower-keywords.ts'
import { mergeSchemas } from './merge-schemas.ts'

/** Keywords that belong to a type; Gemini refuses them beside any other. */
const OF_TYPES: ReadonlySet<string> = new Set([...KEYWORDS_OF.values()].flat())

/**
 * Gives a lowered schema the form that Gemini insists on: a union stands alone, in no other union,
 * and "or null" is a second type where that is all it says; a list has `items`; keywords stand only
 * beside the type that they belong to; `required` names only properties that there are. Past
 * `maxNodes` schemas the rest is left open.
 */
export function completeSchema(
  schema: Json,
  weakened: Set<string>,
  maxNodes: number,
): { readonly schema: Json; readonly nodes: number } {
  let nodes = 0
  const weaken = (keyword: string) => weakened.add(keyword)

  const complete = (node: Json): Json => {
    if (++nodes > maxNodes) {
      weaken('size')
      return {}
    }
    return Array.isArray(node['anyOf']) ? union(node, node['anyOf'] as Json[]) : single(node)
  }

  const union = ({ anyOf: _anyOf, ...beside }: Json, branches: readonly Json[]): Json => {
    const real = branches
      .filter((branch) => branch['type'] !== 'null')
      .map((branch) => complete(mergeSchemas([branch, beside], weaken)))
    const flat = real.flatMap((branch) =>
      Array.isArray(branch['anyOf']) ? (branch['anyOf'] as Json[]) : [branch],
    )
    const nullable = real.length < branches.length
    const [only] = flat
    if (only === undefined) return single({ ...beside, type: 'null' })
    if (flat.length === 1 && (!nullable || typeof only['type'] !== 'string')) return only
    if (flat.length === 1) return { ...only, type: [only['type'], 'null'] }
    return {
      anyOf:
        nullable && !flat.some((branch) => branch['type'] === 'null')
          ? [...flat, { type: 'null' }]
          : flat,
    }
  }

  const single = (given: Json): Json => {
    const node = fitting(given)
    const done: Record<string, unknown> = { ...node }
    const { properties, required, items, prefixItems: tuple } = node
    const { additionalProperties: further, propertyOrdering: order } = node
    if (isObject(properties)) {
      done['properties'] = Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, complete(one as Json)]),
      )
    }
    if (Array.isArray(required)) {
      const known = required.filter(
        (name) => isObject(properties) && Object.hasOwn(properties, name as string),
      )
      if (known.length < required.length) weaken('required')
      if (known.length > 0) done['required'] = known
      else delete done['required']
    }
    if (Array.isArray(order)) {
      const known = order.filter(
        (name) => isObject(properties) && Object.hasOwn(properties, name as string),
      )
      if (known.length > 0) done['propertyOrdering'] = known
      else delete done['propertyOrdering']
    }
    if (isObject(items)) done['items'] = complete(items)
    if (Array.isArray(tuple)) done['prefixItems'] = tuple.map((one) => complete(one as Json))
    if (isObject(further)) done['additionalProperties'] = complete(further)
    if ([node['type']].flat().includes('array') && items === undefined && tuple === undefined)
      done['items'] = {}
    return done
  }

  return { schema: complete(schema), nodes }
}

/** A schema without what belongs to other types than its own, where it says nothing anyway. */
function fitting(node: Json): Json {
  const types = [node['type'] ?? []].flat().map(String)
  if (types.length === 0) return node
  const own = new Set(types.flatMap((type) => KEYWORDS_OF.get(type) ?? []))
  const { enum: choices, ...rest } = node
  const fit = Array.isArray(choices) ? choicesOf(types, choices) : []
  return {
    ...Object.fromEntries(
      Object.entries(rest).filter(([keyword]) => !OF_TYPES.has(keyword) || own.has(keyword)),
    ),
    ...(fit.length > 0 ? { enum: fit } : {}),
  }
}
