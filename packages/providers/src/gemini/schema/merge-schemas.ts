import { isObject, type Json } from '../json.ts'

/** One schema that holds what both do. Where they cannot be joined the first counts, and `onConflict` is told the keyword. */
export function mergeSchemas(first: Json, second: Json, onConflict: (keyword: string) => void): Json {
  const merged: Record<string, unknown> = { ...first }
  for (const [keyword, theirs] of Object.entries(second)) {
    const ours = merged[keyword]
    if (ours === undefined) merged[keyword] = theirs
    else if (keyword === 'title' || keyword === 'description' || same(ours, theirs)) continue
    else {
      const joined = join(keyword, ours, theirs, onConflict)
      if (joined === undefined) onConflict(keyword)
      else merged[keyword] = joined
    }
  }
  return merged
}

function join(keyword: string, ours: unknown, theirs: unknown, onConflict: (keyword: string) => void): unknown {
  switch (keyword) {
    case 'properties':
      return joinProperties(ours as Json, theirs as Json, onConflict)
    case 'required':
      return [...new Set([...(ours as string[]), ...(theirs as string[])])]
    case 'enum': {
      const both = (ours as unknown[]).filter((choice) => (theirs as unknown[]).includes(choice))
      return both.length > 0 ? both : undefined
    }
    case 'minimum':
    case 'minItems':
      return Math.max(ours as number, theirs as number)
    case 'maximum':
    case 'maxItems':
      return Math.min(ours as number, theirs as number)
    case 'type':
      return joinTypes(ours, theirs)
    case 'items':
    case 'additionalProperties':
      if (ours === true || theirs === true) return ours === true ? theirs : ours
      return isObject(ours) && isObject(theirs) ? mergeSchemas(ours, theirs, onConflict) : undefined
    default:
      return undefined
  }
}

function joinProperties(ours: Json, theirs: Json, onConflict: (keyword: string) => void): Json {
  const joined: Record<string, unknown> = { ...ours }
  for (const [name, schema] of Object.entries(theirs)) {
    const known = ours[name]
    joined[name] = isObject(known) && isObject(schema) ? mergeSchemas(known, schema, onConflict) : schema
  }
  return joined
}

function joinTypes(ours: unknown, theirs: unknown): unknown {
  const left = [ours].flat()
  const right = new Set([theirs].flat())
  if (right.has('number') && left.includes('integer')) right.add('integer')
  if (left.includes('number') && right.has('integer')) left.push('integer')
  const both = left.filter((type) => right.has(type))
  return both.length > 1 ? both : both[0]
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}
