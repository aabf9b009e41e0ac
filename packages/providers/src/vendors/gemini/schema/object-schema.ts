import { isObject, type Json } from '../json.ts'

/**
 * A lowered schema as the parameters of a function, which must be an object at the root: of a union
 * of objects, one with the properties of all, of which those are required that all require. Gives
 * nothing where a function takes no arguments. Adds to `weakened`.
 */
export function objectSchema(schema: Json, weakened: Set<string>): Json | undefined {
  if ([schema['type']].flat().includes('object')) {
    const isBare = !isObject(schema['properties']) || Object.keys(schema['properties']).length === 0
    const isOpen =
      schema['additionalProperties'] === true || isObject(schema['additionalProperties'])
    return isBare && !isOpen ? undefined : { ...schema, type: 'object' }
  }
  const branches = Array.isArray(schema['anyOf'])
    ? (schema['anyOf'] as Json[]).filter((branch) => isObject(branch['properties']))
    : []
  if (branches.length === 0) {
    if (schema['type'] !== undefined || schema['anyOf'] !== undefined) weakened.add('type')
    return undefined
  }
  weakened.add('anyOf')
  const [first, ...others] = branches.map(
    (branch) => new Set(branch['required'] as string[] | undefined),
  )
  const required = [...first!].filter((name) => others.every((other) => other.has(name)))
  return {
    type: 'object',
    // The first to describe a property counts; no spread, for there may be very many of them.
    properties: Object.fromEntries(
      branches
        .toReversed()
        .flatMap((branch) => Object.entries((branch['properties'] ?? {}) as Json)),
    ) as Json,
    ...(required.length > 0 ? { required } : {}),
  }
}
