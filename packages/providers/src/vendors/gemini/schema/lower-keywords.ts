import { isObject, type Json } from '../json.ts'

/** Keywords that describe and do not constrain; to lose them weakens nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set(
  (
    '$schema $id $anchor $comment $defs $vocabulary $dynamicAnchor definitions default deprecated discriminator example examples ' +
    'externalDocs readOnly writeOnly xml strict contentEncoding contentMediaType'
  ).split(' '),
)

/** Keywords that are read here, or where references and unions are resolved. */
const READ: ReadonlySet<string> = new Set(
  (
    '$ref additionalItems additionalProperties allOf anyOf const description enum exclusiveMaximum exclusiveMinimum format items ' +
    'maximum maxItems minimum minItems nullable oneOf prefixItems properties propertyOrdering required title type'
  ).split(' '),
)

/** The formats that are known, and the types that may have them. */
const FORMATS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['date-time', ['string']],
  ['date', ['string']],
  ['time', ['string']],
  ['int32', ['integer', 'number']],
  ['int64', ['integer', 'number']],
  ['float', ['number']],
  ['double', ['number']],
])

/** What each type can be held to. A schema of several types becomes one schema for each. */
export const KEYWORDS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ['object', ['properties', 'required', 'additionalProperties', 'propertyOrdering']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems']],
  ['number', ['minimum', 'maximum', 'format']],
  ['integer', ['minimum', 'maximum', 'format']],
  ['string', ['format']],
  ['boolean', []],
  ['null', []],
])

/** Types as other languages call them. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['bool', 'boolean'],
  ['dict', 'object'],
  ['double', 'number'],
  ['float', 'number'],
  ['int', 'integer'],
  ['list', 'array'],
  ['none', 'null'],
  ['str', 'string'],
])

/**
 * One schema's own keywords in Gemini's part of JSON Schema, without references and unions; `down`
 * lowers the schemas inside. Adds to `weakened`.
 */
export function lowerKeywords(
  schema: Json,
  down: (inner: unknown) => Json,
  weakened: Set<string>,
): Json {
  if (isPlain(schema)) return { ...schema }
  for (const keyword of Object.keys(schema)) {
    if (!READ.has(keyword) && !ANNOTATIONS.has(keyword) && !keyword.startsWith('x-'))
      weakened.add(keyword)
  }
  const texts = pick(schema, ['title', 'description'], (value) => typeof value === 'string')
  const keywords = { ...structure(schema, down), ...limits(schema, weakened) }
  const choices =
    'const' in schema
      ? [schema['const']]
      : Array.isArray(schema['enum'])
        ? (schema['enum'] as unknown[])
        : undefined
  // An empty text is refused in a list to choose from, together with all tools.
  const allowed = choices && [...new Set(choices)].filter(isChoosable)
  const types = typesOf(schema, choices, keywords)
  const nullable = types.delete('null') || (schema['nullable'] === true && types.size > 0)
  if (losesChoices(choices ?? [])) weakened.add('enum')
  if (types.size === 0) return { ...texts, ...keywords, ...(nullable ? { type: 'null' } : {}) }
  const branches = [...types].map((type): Json => {
    const own = choicesOf([type], allowed ?? [])
    const held = types.size === 1 ? keywords : pick(keywords, KEYWORDS_OF.get(type) ?? [])
    return { type, ...held, ...(own.length > 0 ? { enum: own } : {}) }
  })
  const [only] = branches
  if (branches.length === 1)
    return { ...texts, ...only, ...(nullable ? { type: [only!['type'], 'null'] } : {}) }
  return { ...texts, anyOf: nullable ? [...branches, { type: 'null' }] : branches }
}

/** Whether a schema is a type with a text at most, as most are: then it is right as it is. */
function isPlain(schema: Json): boolean {
  const { type } = schema
  if (typeof type !== 'string' || type === 'null' || !KEYWORDS_OF.has(type)) return false
  for (const keyword of Object.keys(schema)) {
    const isText = keyword === 'description' || keyword === 'title'
    if (keyword !== 'type' && !(isText && typeof schema[keyword] === 'string')) return false
  }
  return true
}

/**
 * Only numbers and texts that are not empty can be chosen from; of the truth values one alone, and
 * objects and lists, are lost.
 */
function losesChoices(choices: readonly unknown[]): boolean {
  const truths = new Set(choices.filter((choice) => typeof choice === 'boolean'))
  const isLost = (choice: unknown) =>
    choice === '' || (typeof choice === 'object' && choice !== null)
  return truths.size === 1 || choices.some(isLost)
}

/** Those of some choices that schemas of these types may have: texts, and numbers. */
export function choicesOf(
  types: readonly string[],
  choices: readonly unknown[],
): readonly unknown[] {
  const isNumeric = types.includes('number') || types.includes('integer')
  return choices.filter((choice) =>
    typeof choice === 'string' ? types.includes('string') : isNumeric,
  )
}

function isChoosable(choice: unknown): boolean {
  return typeof choice === 'string'
    ? choice !== ''
    : typeof choice === 'number' && Number.isFinite(choice)
}

function structure(schema: Json, down: (inner: unknown) => Json): Json {
  const lowered: Record<string, unknown> = {}
  const { properties, required, additionalProperties: further, propertyOrdering: order } = schema
  if (isObject(properties)) {
    lowered['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, down(one)]),
    )
  }
  if (Array.isArray(required)) {
    lowered['required'] = [...new Set(required)].filter((name) => typeof name === 'string')
  }
  if (typeof further === 'boolean' || isObject(further))
    lowered['additionalProperties'] = isObject(further) ? down(further) : further
  if (Array.isArray(order))
    lowered['propertyOrdering'] = order.filter((name) => typeof name === 'string')
  // Before draft 2020-12 a tuple stood in `items`, and what follows it in `additionalItems`.
  const isOldTuple = Array.isArray(schema['items'])
  const tuple = isOldTuple ? schema['items'] : schema['prefixItems']
  const items = isOldTuple ? schema['additionalItems'] : schema['items']
  if (Array.isArray(tuple)) lowered['prefixItems'] = tuple.map(down)
  if (isObject(items)) lowered['items'] = down(items)
  return lowered
}

function limits(schema: Json, weakened: Set<string>): Json {
  const lowered: Record<string, unknown> = {
    ...pick(
      schema,
      ['minItems', 'maxItems'],
      (value) => Number.isInteger(value) && (value as number) >= 0,
    ),
    ...pick(schema, ['minimum', 'maximum'], (value) => typeof value === 'number'),
  }
  const { format } = schema
  if (FORMATS.has(format) && fitsType(FORMATS.get(format)!, schema['type']))
    lowered['format'] = format
  else if (format !== undefined) weakened.add('format')
  for (const [exclusive, inclusive, step] of [
    ['exclusiveMinimum', 'minimum', 1],
    ['exclusiveMaximum', 'maximum', -1],
  ] as const) {
    const given = schema[exclusive]
    // Draft 4 has it as a flag of the inclusive limit.
    const bound = given === true ? lowered[inclusive] : given
    if (typeof bound !== 'number') continue
    const exact = schema['type'] === 'integer' && Number.isInteger(bound)
    if (!exact) weakened.add(exclusive)
    const nearest = exact ? bound + step : bound
    const other = lowered[inclusive]
    lowered[inclusive] =
      typeof other !== 'number'
        ? nearest
        : step > 0
          ? Math.max(other, nearest)
          : Math.min(other, nearest)
  }
  return lowered
}

/** Whether a schema without a type, or with these, may have a format. */
function fitsType(types: readonly string[], type: unknown): boolean {
  return type === undefined || knownTypes(type).some((word) => types.includes(word))
}

/** The types that a schema names, else those that its choices and keywords tell. */
function typesOf(
  schema: Json,
  choices: readonly unknown[] | undefined,
  keywords: Json,
): Set<string> {
  const known = knownTypes(schema['type'])
  if (known.length > 0) return new Set(known)
  if (choices !== undefined) {
    const types = new Set(choices.map(typeOf))
    if (types.has('number')) types.delete('integer')
    return types
  }
  if ('properties' in keywords || 'additionalProperties' in keywords) return new Set(['object'])
  return new Set('items' in keywords || 'prefixItems' in keywords ? ['array'] : [])
}

/** The types that a `type` names, in the standard's words; others, such as `any`, name none. */
export function knownTypes(type: unknown): string[] {
  const words = [type].flat().map((one) => (typeof one === 'string' ? one.toLowerCase() : ''))
  return words.map((word) => OTHER_WORDS.get(word) ?? word).filter((word) => KEYWORDS_OF.has(word))
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value
}

function pick(
  from: Json,
  names: readonly string[],
  accepts: (value: unknown) => boolean = () => true,
): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => name in from && accepts(from[name])).map((name) => [name, from[name]]),
  )
}
