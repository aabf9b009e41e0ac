import { isObject, type Json } from '../json.ts'
import { TOP } from './lift-schema.ts'
import { resolveReference } from './sub-schemas.ts'

/** Alternatives inside alternatives at the top are put side by side as deep as this. */
const DEEPEST_TOP = 100

/** A schema with `object` at its top. */
export interface ObjectSchema {
  readonly type: 'object'
  readonly properties: Json
  readonly [keyword: string]: unknown
}

/** What a part of the top says: schemas for each property, and which must be there. */
interface Shape {
  readonly properties: ReadonlyMap<string, ReadonlySet<unknown>>
  readonly required: ReadonlySet<string>
}

const NOTHING: Shape = { properties: new Map(), required: new Set() }

/**
 * A schema that says `object` at its top, where the vendor takes neither alternatives nor a
 * reference: the properties of all parts are put side by side, and those are required that every
 * alternative requires. A property that parts describe differently may be any of what they say.
 *
 * @param keepsTop Whether the unions of the top are kept as a definition; see `LiftOptions`.
 */
export function objectSchema(schema: Json, keepsTop = false): ObjectSchema {
  const { $ref: reference, anyOf, oneOf, allOf, ...rest } = schema
  const isPlain = [reference, anyOf, oneOf, allOf].every((part) => part === undefined)
  if (isPlain && schema['type'] === 'object' && isObject(schema['properties'])) {
    return schema as ObjectSchema
  }
  const top = isPlain ? undefined : new TopReader(schema).read(schema, 0)
  const own = isObject(rest['properties']) ? rest['properties'] : {}
  const properties = [...(top?.properties ?? [])].map(([name, schemas]) => [name, joined(schemas)])
  const required = top?.required ?? new Set<string>()
  return {
    ...rest,
    type: 'object',
    properties: top === undefined ? own : (Object.fromEntries(properties) as Json),
    ...(required.size === 0 ? {} : { required: [...required] }),
    ...(keepsTop
      ? { $defs: { ...definitions(rest['$defs']), [TOP]: { anyOf, oneOf, allOf } } }
      : {}),
  }
}

function definitions(value: unknown): Json {
  return isObject(value) ? value : {}
}

/** Reads each part once, however often and from wherever it is referred to. */
class TopReader {
  readonly #root: Json
  readonly #read = new Map<Json, Shape>()

  constructor(root: Json) {
    this.#root = root
  }

  read(part: unknown, depth: number): Shape {
    if (!isObject(part) || depth > DEEPEST_TOP) return NOTHING
    const known = this.#read.get(part)
    if (known !== undefined) return known
    // Stands while the part is read, for a part that comes back to itself.
    this.#read.set(part, NOTHING)
    const shape = this.#shape(part, depth + 1)
    this.#read.set(part, shape)
    return shape
  }

  #shape(part: Json, depth: number): Shape {
    const { $ref: reference, properties, required } = part
    const target =
      typeof reference === 'string' ? resolveReference(this.#root, reference) : undefined
    const down = (inner: unknown) => this.read(inner, depth)
    const own: Shape = {
      properties: new Map(entriesOf(properties).map(([name, one]) => [name, new Set([one])])),
      required: new Set(list(required).filter((name) => typeof name === 'string')),
    }
    const whole = [target, ...list(part['allOf'])].map(down)
    const unions = [list(part['anyOf']), list(part['oneOf'])].map((union) =>
      eitherOf(union.map(down)),
    )
    return allOf([...whole, ...unions, own], own)
  }
}

/** What all parts say together; the part's own required names stand first. */
function allOf(shapes: readonly Shape[], own: Shape): Shape {
  const required = new Set(own.required)
  for (const shape of shapes) for (const name of shape.required) required.add(name)
  return { properties: together(shapes), required }
}

function eitherOf(shapes: readonly Shape[]): Shape {
  const [first, ...others] = shapes
  const required = [...(first?.required ?? [])].filter((name) =>
    others.every((other) => other.required.has(name)),
  )
  return { properties: together(shapes), required: new Set(required) }
}

/** Each schema of a property once, so that parts that are referred to twice do not double. */
function together(shapes: readonly Shape[]): Shape['properties'] {
  const said = shapes.filter((shape) => shape.properties.size > 0)
  if (said.length <= 1) return said[0]?.properties ?? NOTHING.properties
  const all = new Map<string, Set<unknown>>()
  for (const { properties } of said) {
    for (const [name, schemas] of properties) {
      const known = all.get(name)
      if (known === undefined) all.set(name, new Set(schemas))
      else for (const schema of schemas) known.add(schema)
    }
  }
  return all
}

function joined(schemas: ReadonlySet<unknown>): unknown {
  const [first] = schemas
  if (schemas.size === 1) return first
  const different = new Map([...schemas].map((schema) => [JSON.stringify(schema), schema]))
  return different.size === 1 ? first : { anyOf: [...different.values()] }
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : []
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
