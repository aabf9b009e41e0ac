type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
}

/**
 * What of a value does not fit a JSON Schema: a plain reading of the keywords, written apart from
 * the code under test. Empty where all fits.
 */
export function checkSchema(
  value: unknown,
  schema: unknown,
  root: unknown = schema,
  path: string = '$',
): string[] {
  if (schema === true || schema === undefined) return []
  if (!isObject(schema)) return [`${path}: nothing is allowed`]
  const faults: string[] = []
  const refuse = (is: boolean, what: string) =>
    void (is && faults.push(`${path}: ${what} (${JSON.stringify(value)})`))
  const under = (part: unknown) => checkSchema(value, part, root, path)
  if (typeof schema['$ref'] === 'string') {
    let target: unknown = root
    for (const step of schema['$ref'].split('/').slice(1)) target = (target as Json)[step]
    faults.push(...under(target))
  }
  for (const part of (schema['allOf'] as unknown[] | undefined) ?? []) faults.push(...under(part))
  const any = schema['anyOf'] as unknown[] | undefined
  refuse(any !== undefined && !any.some((part) => under(part).length === 0), 'fits no alternative')
  const one = schema['oneOf'] as unknown[] | undefined
  refuse(one !== undefined && !one.some((part) => under(part).length === 0), 'fits no alternative')
  const types =
    typeof schema['type'] === 'string' ? [schema['type']] : (schema['type'] as string[] | undefined)
  refuse(types !== undefined && !types.some((type) => TYPES[type]!(value)), 'has the wrong type')
  const same = (other: unknown) => JSON.stringify(other) === JSON.stringify(value)
  refuse(
    schema['enum'] !== undefined && !(schema['enum'] as unknown[]).some(same),
    'is not in the enum',
  )
  refuse('const' in schema && !same(schema['const']), 'is not the const')
  if (typeof value === 'number') {
    refuse(value < ((schema['minimum'] as number | undefined) ?? -Infinity), 'is too small')
    refuse(value > ((schema['maximum'] as number | undefined) ?? Infinity), 'is too large')
    refuse(
      value <= ((schema['exclusiveMinimum'] as number | undefined) ?? -Infinity),
      'is too small',
    )
    refuse(
      value >= ((schema['exclusiveMaximum'] as number | undefined) ?? Infinity),
      'is too large',
    )
    const step = schema['multipleOf'] as number | undefined
    refuse(step !== undefined && !Number.isInteger(value / step), 'is between steps')
  }
  if (typeof value === 'string') {
    refuse(value.length < ((schema['minLength'] as number | undefined) ?? 0), 'is too short')
    refuse(value.length > ((schema['maxLength'] as number | undefined) ?? Infinity), 'is too long')
  }
  if (Array.isArray(value)) {
    refuse(value.length < ((schema['minItems'] as number | undefined) ?? 0), 'has too few items')
    refuse(
      value.length > ((schema['maxItems'] as number | undefined) ?? Infinity),
      'has too many items',
    )
    refuse(
      schema['uniqueItems'] === true &&
        new Set(value.map((item) => JSON.stringify(item))).size < value.length,
      'repeats itself',
    )
    const prefix = (schema['prefixItems'] as unknown[] | undefined) ?? []
    for (const [at, item] of value.entries()) {
      faults.push(
        ...checkSchema(
          item,
          at < prefix.length ? prefix[at] : schema['items'],
          root,
          `${path}[${at}]`,
        ),
      )
    }
  }
  if (isObject(value)) {
    const properties = (schema['properties'] as Json | undefined) ?? {}
    for (const name of (schema['required'] as string[] | undefined) ?? [])
      refuse(!Object.hasOwn(value, name), `lacks ${name}`)
    for (const [name, member] of Object.entries(value)) {
      const known = Object.hasOwn(properties, name)
        ? properties[name]
        : schema['additionalProperties']
      faults.push(...checkSchema(member, known, root, `${path}.${name}`))
    }
  }
  return faults
}
