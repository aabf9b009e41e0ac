import { isObject, type Json } from '../json.ts'

type OnConflict = (keyword: string) => void

/**
 * One schema that holds what all do. Where they cannot be joined the first counts, and `onConflict`
 * is told the keyword.
 */
export function mergeSchemas(schemas: readonly Json[], onConflict: OnConflict): Json {
  if (schemas.length <= 1) return schemas[0] ?? {}
  return Object.fromEntries(
    [...grouped(schemas)].map(([keyword, given]) => [
      keyword,
      given.length === 1 ? given[0] : join(keyword, given, onConflict),
    ]),
  )
}

function join(keyword: string, given: readonly unknown[], onConflict: OnConflict): unknown {
  switch (keyword) {
    case 'title':
    case 'description':
      return given[0]
    case 'properties':
      return Object.fromEntries(
        [...grouped(given as Json[])].map(([name, schemas]) => [
          name,
          mergeSchemas(schemas as Json[], onConflict),
        ]),
      )
    case 'required':
      return [...new Set((given as string[][]).flat())]
    case 'minimum':
    case 'minItems':
      return (given as number[]).reduce((a, b) => Math.max(a, b))
    case 'maximum':
    case 'maxItems':
      return (given as number[]).reduce((a, b) => Math.min(a, b))
    case 'enum':
      return (
        common((given as unknown[][]).map((choices) => new Set(choices))) ??
        conflict(keyword, given, onConflict)
      )
    case 'type':
      return commonType(given) ?? conflict(keyword, given, onConflict)
    case 'items':
    case 'additionalProperties': {
      // `true` says nothing beside anything else.
      const saying = given.filter((one) => one !== true)
      if (saying.every(isObject))
        return saying.length === 0 ? true : mergeSchemas(saying, onConflict)
      return saying.every((one) => one === false) ? false : conflict(keyword, given, onConflict)
    }
    default: {
      const first = JSON.stringify(given[0])
      return given.every((one) => JSON.stringify(one) === first)
        ? given[0]
        : conflict(keyword, given, onConflict)
    }
  }
}

function conflict(keyword: string, given: readonly unknown[], onConflict: OnConflict): unknown {
  onConflict(keyword)
  return given[0]
}

function grouped(objects: readonly Json[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      const group = groups.get(name)
      if (group === undefined) groups.set(name, [value])
      else group.push(value)
    }
  }
  return groups
}

function common(sets: readonly ReadonlySet<unknown>[]): unknown[] | undefined {
  const [first, ...others] = sets
  const shared = [...(first ?? [])].filter((one) => others.every((other) => other.has(one)))
  return shared.length > 0 ? shared : undefined
}

/** The types that all allow; every integer is a number. */
function commonType(given: readonly unknown[]): unknown {
  const lists = given.map((types) => [types].flat())
  const narrow = lists.some((types) => types.includes('integer') && !types.includes('number'))
  const shared = common(
    lists.map(
      (types) =>
        new Set(narrow ? types.map((type) => (type === 'number' ? 'integer' : type)) : types),
    ),
  )
  return shared?.length === 1 ? shared[0] : shared
}
