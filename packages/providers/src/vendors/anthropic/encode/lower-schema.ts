import { isObject, type Json } from '../json.ts'
import { schemaCost, type SchemaCost } from './schema-cost.ts'
import { resolveReference, walkSchemas } from '../schema/sub-schemas.ts'

/** Keywords that the vendor holds its models to. */
const KEPT: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'enum',
  'const',
  'default',
  'required',
  '$ref',
])
const NESTED: ReadonlySet<string> = new Set(['$defs', 'definitions', 'properties'])
const ALTERNATIVES: ReadonlySet<string> = new Set(['anyOf', 'oneOf'])
const ANNOTATIONS: ReadonlySet<string> = new Set(['title', 'description', 'default'])
/** A schema without any of these accepts everything, or nearly. */
const SAYS_SOMETHING = ['type', 'enum', 'const', '$ref', 'anyOf', 'oneOf', 'properties']
const FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])

/** Deeper schemas are not compiled; they would also be too deep to walk. */
const DEEPEST = 200

/** Thrown inside for what no closed schema can say. */
class NotClosedError extends Error {
  override readonly name = 'NotClosedError'
}

/** A schema that the vendor can hold its models to. */
export interface LoweredSchema {
  readonly schema: Record<string, unknown>
  /** Keywords that are only told to the model now, in descriptions. */
  readonly weakened: readonly string[]
  readonly cost: SchemaCost
}

/**
 * A JSON schema in the part of the language that the vendor holds its models to: objects closed,
 * `oneOf` as `anyOf`, an `allOf` of one as that one, and limits such as `minimum` told in the
 * description. Gives `undefined` where that would change what is asked for or be refused: maps with
 * free keys, recursion, references to elsewhere or to what is only told, objects and lists to
 * choose from, alternatives inside of an object, schemas that accept everything, and more than 200
 * levels.
 */
export function lowerSchema(schema: Json): LoweredSchema | undefined {
  const weakened = new Set<string>()
  try {
    refuseRecursion(schema)
    const lowered = lower(schema, weakened, 0)
    refuseLostReferences(lowered)
    return { schema: lowered, weakened: [...weakened], cost: schemaCost(lowered) }
  } catch (error) {
    if (error instanceof NotClosedError) return undefined
    throw error
  }
}

function lower(given: unknown, weakened: Set<string>, depth: number): Record<string, unknown> {
  if (depth > DEEPEST) throw new NotClosedError('is too deep')
  if (!isObject(given)) throw new NotClosedError('accepts everything')
  const schema = withoutAllOf(given)
  if (!SAYS_SOMETHING.some((keyword) => schema[keyword] !== undefined)) {
    throw new NotClosedError('accepts everything')
  }
  const down = (inner: unknown) => lower(inner, weakened, depth + 1)
  const lowered: Record<string, unknown> = {}
  const told: string[] = []
  for (const [keyword, value] of Object.entries(schema)) {
    if (KEPT.has(keyword)) lowered[keyword] = value
    else if (NESTED.has(keyword) && isObject(value)) {
      lowered[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, down(inner)]),
      )
    } else if (ALTERNATIVES.has(keyword) && Array.isArray(value)) {
      if (lowered['anyOf'] !== undefined) throw new NotClosedError('has two unions')
      lowered['anyOf'] = value.map(down)
    } else if (keyword === 'items') lowered['items'] = down(value)
    else if (keyword === 'format' && FORMATS.has(value)) lowered['format'] = value
    else if (keyword === 'minItems' && (value === 0 || value === 1)) lowered['minItems'] = value
    else if (keyword !== 'additionalProperties' && !keyword.startsWith('$')) {
      told.push(`${keyword}: ${JSON.stringify(value)}`)
      weakened.add(keyword)
    }
  }
  const choices = [
    schema['const'],
    ...(Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : []),
  ]
  if (choices.some((choice) => typeof choice === 'object' && choice !== null)) {
    throw new NotClosedError('chooses from objects')
  }
  const type = schema['type']
  const isClosable = type === 'object' || (Array.isArray(type) && type.includes('object'))
  if (isClosable || schema['properties'] !== undefined) close(schema, lowered)
  if (told.length > 0) {
    lowered['description'] = [schema['description'], `{${told.join(', ')}}`]
      .filter(Boolean)
      .join(' ')
  }
  return lowered
}

/**
 * A schema whose `allOf` has one member, which is how some libraries describe a reference, with
 * that member in its place. More of them would have to be merged to be closed.
 */
function withoutAllOf({ allOf: parts, ...rest }: Json): Json {
  if (!Array.isArray(parts) || parts.length === 0) return rest
  const [only] = parts as unknown[]
  if (parts.length > 1 || !isObject(only)) throw new NotClosedError('has several parts')
  const isFree = Object.keys(rest).every(
    (keyword) => ANNOTATIONS.has(keyword) || !(keyword in only),
  )
  const saysMore = Object.keys(rest).some((keyword) => SAYS_SOMETHING.includes(keyword))
  if (!isFree || saysMore) throw new NotClosedError('has several parts')
  return withoutAllOf({ ...only, ...rest })
}

function close(schema: Json, lowered: Record<string, unknown>): void {
  const others = schema['additionalProperties']
  const isMap = isObject(others) || (schema['properties'] === undefined && others !== false)
  if (isMap) throw new NotClosedError('has free keys')
  // Closed, the object and its alternatives would forbid each other's properties.
  if (lowered['anyOf'] !== undefined || lowered['$ref'] !== undefined)
    throw new NotClosedError('has several parts')
  lowered['type'] ??= 'object'
  lowered['properties'] ??= {}
  lowered['additionalProperties'] = false
}

/** Looks for references into keywords that are only told. */
function refuseLostReferences(lowered: Json): void {
  walkSchemas(lowered, ({ $ref: reference }) => {
    if (typeof reference === 'string' && resolveReference(lowered, reference) === undefined) {
      throw new NotClosedError('refers to what is only told')
    }
  })
}

/** Follows local references; the vendor compiles schemas to a grammar without recursion. */
function refuseRecursion(root: Json): void {
  const safe = new Set<string>()
  const open = new Set<string>()
  const visit = (node: unknown, depth: number): void => {
    // A property is two levels of JSON.
    if (depth > DEEPEST * 2) throw new NotClosedError('is too deep')
    if (Array.isArray(node)) for (const inner of node as unknown[]) visit(inner, depth + 1)
    if (!isObject(node)) return
    for (const [keyword, value] of Object.entries(node)) {
      if (keyword === '$ref' && typeof value === 'string') follow(value, depth + 1)
      else if (keyword !== '$defs' && keyword !== 'definitions') visit(value, depth + 1)
    }
  }
  const follow = (reference: string, depth: number): void => {
    if (safe.has(reference)) return
    if (open.has(reference)) throw new NotClosedError('is recursive')
    const target = resolveReference(root, reference)
    if (target === undefined) throw new NotClosedError('refers to elsewhere')
    open.add(reference)
    visit(target, depth)
    open.delete(reference)
    safe.add(reference)
  }
  visit(root, 0)
}
